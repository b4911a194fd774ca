"""Many prompts decoded together: a shared beginning read once, and slots refilled as they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistant.errors import ReverieError
from assistant.native import Context, Sampler, Sampling

_SHARED: Final = 0  # the sequence that holds what all prompts begin with

Ended = Callable[[int, Sequence[int]], object]
"""Called with the place of a prompt and its whole reply."""


def unheard(_place: int, _reply: Sequence[int]) -> None:
    """Nobody waits for single replies."""


@dataclass
class _Slot:
    """One sequence at work on one prompt."""

    sequence: int
    index: int
    sampler: Sampler
    pending: list[int]
    """Tokens still to be evaluated: the rest of the prompt, later the token drawn last."""
    position: int
    reserved: int
    """KV cells this prompt and its reply may need."""
    reply: list[int] = field(default_factory=list)
    row: int = -1
    """Where its logits are in the current batch; -1 while the prompt is being read."""


class BatchRun:
    """One batch of completions on `context`, whose sequence 0 already holds `cached`."""

    def __init__(
        self,
        context: Context,
        prompts: Sequence[Sequence[int]],
        max_tokens: int,
        sampling: Sampling,
        cached: list[int],
        ended: Ended = unheard,
    ) -> None:
        self.prefix = _common_prefix(prompts)
        self._context = context
        self._prompts = prompts
        self._max_tokens = max_tokens
        self._sampling = sampling
        self._cached = cached
        self._ended = ended
        self._replies: list[list[int]] = [[] for _ in prompts]
        if any(not prompt for prompt in prompts):
            raise ReverieError("a prompt of the batch is empty")
        longest = max((len(prompt) for prompt in prompts), default=0) + max_tokens
        if longest > context.n_ctx:
            raise ReverieError(
                f"a prompt with its reply needs {longest:,} tokens; "
                f"the window holds {context.n_ctx:,}",
                hint="Raise model.n_ctx, or ask for shorter replies.",
            )

    def replies(self) -> list[list[int]]:
        """Decode until every prompt has its reply; ids without the token that ended each."""
        if self._max_tokens < 1:
            return self._replies
        self._read_prefix()
        free = list(range(1, self._context.n_seq))
        waiting = list(reversed(range(len(self._prompts))))
        cells = self._context.n_ctx - len(self.prefix)
        slots: list[_Slot] = []
        try:
            while waiting or slots:
                while waiting and free and self._need(waiting[-1]) <= cells:
                    slot = self._open(waiting.pop(), free.pop())
                    cells -= slot.reserved
                    slots.append(slot)
                for slot in self._step(slots):
                    slots.remove(slot)
                    free.append(slot.sequence)
                    cells += slot.reserved
                    self._close(slot)
                    self._ended(slot.index, slot.reply)
        finally:
            for slot in slots:
                self._close(slot)
        return self._replies

    def _read_prefix(self) -> None:
        common = common_length(self._cached, self.prefix)
        if not self._context.forget(_SHARED, common):
            self._context.forget(_SHARED)
            common = 0
        size = self._context.n_batch
        for start in range(common, len(self.prefix), size):
            chunk = self.prefix[start : start + size]
            rows = [(token, start + i, _SHARED, False) for i, token in enumerate(chunk)]
            self._context.decode(rows)

    def _need(self, index: int) -> int:
        return len(self._prompts[index]) - len(self.prefix) + self._max_tokens

    def _open(self, index: int, sequence: int) -> _Slot:
        done = len(self.prefix)
        if done:
            self._context.share(_SHARED, sequence, done)
        return _Slot(
            sequence=sequence,
            index=index,
            sampler=Sampler(self._context.model, self._sampling, seed_offset=index),
            pending=list(self._prompts[index][done:]),
            position=done,
            reserved=self._need(index),
        )

    def _close(self, slot: _Slot) -> None:
        self._context.forget(slot.sequence)
        slot.sampler.close()
        self._replies[slot.index] = slot.reply

    def _step(self, slots: list[_Slot]) -> list[_Slot]:
        """One decode: a token for each slot that is writing, and prompts as far as room is left.

        Returns the slots that are done.
        """
        rows: list[tuple[int, int, int, bool]] = []
        for slot in sorted(slots, key=lambda slot: len(slot.pending)):
            part = slot.pending[: self._context.n_batch - len(rows)]
            del slot.pending[: len(part)]
            for token in part:
                rows.append((token, slot.position, slot.sequence, False))
                slot.position += 1
            slot.row = -1
            if part and not slot.pending:
                slot.row = len(rows) - 1
                rows[slot.row] = (*rows[slot.row][:3], True)
        self._context.decode(rows)
        return [slot for slot in slots if slot.row >= 0 and self._ends(slot)]

    def _ends(self, slot: _Slot) -> bool:
        token = slot.sampler.draw(self._context, slot.row)
        if self._context.model.ends(token):
            return True
        slot.reply.append(token)
        slot.pending = [token]
        return len(slot.reply) >= self._max_tokens


def _common_prefix(prompts: Sequence[Sequence[int]]) -> list[int]:
    """What all prompts begin with, leaving each at least one token, whose logits are needed."""
    if not prompts:
        return []
    first, last = (
        min(map(list, prompts)),
        max(map(list, prompts)),
    )  # in dictionary order: the most unlike
    length = common_length(first, last)
    return first[: min(length, *(len(prompt) - 1 for prompt in prompts))]


def common_length(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens `a` and `b` have in common at their beginning."""
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        length += 1
    return length
