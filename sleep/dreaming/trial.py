"""Trying a dream: a copy of the expert learns from it, sits the self-exam, and is thrown away.

Sections 6.3 and 6.4 of the method; rewards and reinforcement after ReST-EM (Singh et al.,
arXiv 2312.06585): each round trains anew from where the first began, on all that was rewarded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import torch

from sleep.engines import Engine, Example, Teaching
from sleep.lectures import Lecture
from sleep.objective import answer_nats, asked, distillation

_TRIAL_STEPS: Final = 3
_LESS: Final = 1e-3  # nats: smaller gains are noise
_TOP_K: Final = 64
_BATCH: Final = 8
_T = TypeVar("_T")


class Mark(NamedTuple):
    """How a self-exam went. right: answers that greedy decoding gives; nats: loss per token."""

    right: int
    nats: float

    def better_than(self, other: Mark) -> bool:
        """More right answers, or as many and surer ones."""
        if self.right != other.right:
            return self.right > other.right
        return self.nats < other.nats - _LESS


@torch.no_grad()
def self_exam(engine: Engine, questions: Sequence[Example]) -> Mark:
    """The student's mark as it stands. The examples are prepared.

    An answer counts as right when each of its tokens is the likeliest one after those before it,
    which is when greedy decoding would say it.
    """
    right, nats = 0, 0.0
    for start in range(0, len(questions), _BATCH):
        batch = questions[start : start + _BATCH]
        logits = engine.logits(batch)
        spent = answer_nats(logits, batch)
        said = logits.argmax(-1).tolist()
        sizes = [len(x.answer) for x in batch]
        for example in batch:
            right += tuple(said[: len(example.answer)]) == example.answer
            del said[: len(example.answer)]
        nats += sum(float(each.mean()) for each in torch.split(spent, sizes))
    return Mark(right, nats / max(1, len(questions)))


@contextmanager
def apart(engine: Engine) -> Iterator[None]:
    """Whatever is learned inside is undone afterwards, bit for bit."""
    kept = [parameter.detach().clone() for parameter in engine.parameters()]
    try:
        yield
    finally:
        for parameter, before in zip(engine.parameters(), kept, strict=True):
            parameter.data.copy_(before)


def rewarded(
    engine: Engine, lessons: Sequence[Example], exam: Sequence[Example], base: Mark, rate: float
) -> bool:
    """Whether a short lesson on a dream improves the exam over `base`, the mark without it."""
    with apart(engine):
        learn(engine, lessons, rate=rate, steps=_TRIAL_STEPS)
        return self_exam(engine, exam).better_than(base)


def learn(
    engine: Engine,
    lessons: Sequence[Example],
    *,
    rate: float,
    steps: int,
    anchors: Sequence[Lecture] = (),
) -> None:
    """Train the new expert on lessons as plain text, held still by anchors."""
    optimizer = torch.optim.AdamW(engine.parameters(), lr=rate, weight_decay=0.0)
    for step in range(steps):
        batch = _turn(lessons, step)
        loss = answer_nats(engine.logits(batch), batch).mean()
        held = _turn(anchors, step)
        if held:
            student = engine.log_probs([x.example for x in held], asked(held))
            loss = loss + distillation(student, held, accepted=0.0, kind="forward_kl")
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(engine.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()


@torch.no_grad()
def held(engine: Engine, examples: Sequence[Example]) -> list[Lecture]:
    """Anchors at the student as it stands now, new expert and all. The examples are prepared."""
    found = []
    for example in examples:
        logprobs, tokens = engine.logits([example]).log_softmax(-1).topk(_TOP_K, -1)
        found.append(Lecture("anchor", example, Teaching(logprobs.cpu(), tokens.cpu())))
    return found


def _turn(items: Sequence[_T], step: int) -> list[_T]:
    """The next few of the items, round and round."""
    count = min(_BATCH, len(items))
    return [items[(step * count + i) % len(items)] for i in range(count)]
