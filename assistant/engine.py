"""The served model: replies as a stream, completions in batches, and likelihoods, on llama.cpp.

One engine is one loaded GGUF. It serves one call at a time, and a second one while the first runs
raises BusyError instead of waiting; only `stop()` may be called from another thread meanwhile.
Between calls it keeps the KV cache, so that a prompt which begins like the last one costs only
its new tokens.
"""

from __future__ import annotations

import codecs
import math
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

import numpy as np
import psutil

from assistant.batch import BatchRun, Ended, common_length, unheard
from assistant.errors import BusyError, Interrupted, ReverieError
from assistant.native import Context, Sampler, Sampling, Stopped
from assistant.prompt import ChatMessage
from assistant.tokenizer import Tokenizer

__all__ = ["Engine", "Reply", "Sampling", "Stats"]

_SCORE_ROWS: Final = 64  # logits of so many positions at once: a large vocabulary takes 1 MB each
_PARALLEL: Final = 8  # sequences decoded together; more gains little on a CPU

Finish = Literal["running", "end", "length", "window", "stopped"]


@dataclass
class Stats:
    """Figures of one reply, complete once the stream has ended."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    """How many of the prompt's tokens the KV cache had already."""
    reply_tokens: int = 0
    ttft_s: float = 0.0
    """Seconds from the call to the first text."""
    tokens_per_s: float = 0.0
    """Speed of the tokens after the first."""
    finish: Finish = "running"
    """Why it ended: the model's own end, max_tokens, a full window, or stop()."""


class Engine(Tokenizer):
    """A loaded model. `n_threads` 0 takes one per core; `n_gpu_layers` -1 takes all of them."""

    def __init__(
        self,
        path: Path,
        n_ctx: int = 4096,
        n_threads: int = 0,
        n_gpu_layers: int = -1,
        seed: int | None = None,
    ) -> None:
        super().__init__(path, n_gpu_layers)
        self.n_threads = n_threads or _cores()
        self.n_ctx = min(n_ctx, self.info.n_ctx_train)
        self.seed = seed
        self._busy = threading.Lock()
        self._chat = Context(self.model, self.n_ctx, self.n_threads)
        self._cached: list[int] = []
        self._batch: Context | None = None
        self._batch_prefix: list[int] = []

    def stream(
        self, prompt: str | Sequence[ChatMessage] | Sequence[int], sampling: Sampling
    ) -> Reply:
        """Begin a reply to messages, to a rendered prompt, or to token ids; iterate for its text.

        The engine is taken until the Reply has ended or was closed. Raises ReverieError when the
        prompt does not fit the window, BusyError when another call runs.
        """
        started = time.perf_counter()
        tokens = self._ids(prompt)
        self._take()
        return Reply(self, tokens, self._seeded(sampling), started)

    def stop(self) -> None:
        """End what is being computed; from any thread; when nothing is, nothing happens.

        A stream ends where it is; a batch or a likelihood raises Interrupted.
        """
        if self._busy.locked():
            for context in self._contexts():
                context.stop()

    def complete(self, prompt_ids: Sequence[int], sampling: Sampling) -> list[int]:
        """The reply to one prompt as token ids, without the token that ended it."""
        with self.stream(prompt_ids, sampling) as reply:
            for _ in reply:
                pass
            return reply.tokens

    def complete_batch(
        self,
        prompts: Sequence[Sequence[int]],
        max_tokens: int,
        sampling: Sampling | None = None,
        ended: Ended = unheard,
    ) -> list[list[int]]:
        """Replies to many prompts, decoded together; greedy unless `sampling` says otherwise.

        What all prompts begin with is evaluated once, and kept for the next call. With a seed, each
        prompt draws from its own stream of random numbers, so repeated prompts give other replies.
        `ended` is called with each prompt's place and its reply, as soon as that is whole.
        """
        with self._taken():
            if self._batch is None:
                self._batch = Context(self.model, self.n_ctx, self.n_threads, _PARALLEL + 1)
            cached, self._batch_prefix = self._batch_prefix, []
            sampling = self._seeded(sampling or Sampling.greedy())
            run = BatchRun(self._batch, prompts, max_tokens, sampling, cached, ended)
            replies = run.replies()
            self._batch_prefix = run.prefix
            return replies

    def logprobs(self, prefix: Sequence[int], continuation: Sequence[int]) -> list[float]:
        """Log-likelihood of each token of `continuation` after `prefix` (at least one token).

        Natural logarithms. Both must fit the window together. The KV cache is reused, so that many
        continuations of one prefix cost little more than themselves.
        """
        tokens = [*prefix, *continuation[:-1]]
        if not continuation:
            return []
        if not prefix:
            raise ReverieError("a likelihood needs at least one token before it")
        if len(tokens) > self.n_ctx:
            raise ReverieError(
                f"{len(tokens):,} tokens to score do not fit the window of {self.n_ctx:,}",
                hint="Score less at a time, or raise model.n_ctx.",
            )
        first = len(prefix) - 1
        scores: list[float] = []
        with self._taken():
            done = self._reuse(tokens[:first])
            self._evaluate(tokens[done:first], logits=False)
            for start in range(first, len(tokens), _SCORE_ROWS):
                rows = tokens[start : start + _SCORE_ROWS]
                self._evaluate(rows, logits=True)
                wanted = continuation[start - first :]
                scores += [self._logprob(row, wanted[row]) for row in range(len(rows))]
        return scores

    def close(self) -> None:
        """Stop what runs, wait for its thread to notice, free all memory."""
        self.stop()
        with self._busy:
            for context in self._contexts():
                context.close()
            self.model.close()

    def _contexts(self) -> list[Context]:
        return [self._chat] if self._batch is None else [self._chat, self._batch]

    def _ids(self, prompt: str | Sequence[ChatMessage] | Sequence[int]) -> list[int]:
        if isinstance(prompt, str):
            tokens = self.prompt_ids(prompt)
        elif prompt and isinstance(prompt[0], ChatMessage):
            tokens = self.prompt_ids([m for m in prompt if isinstance(m, ChatMessage)])
        else:
            tokens = [token for token in prompt if isinstance(token, int)]
        if not tokens:
            raise ReverieError("the prompt is empty")
        if len(tokens) >= self.n_ctx:
            raise ReverieError(
                f"the prompt is {len(tokens):,} tokens long; the window holds {self.n_ctx:,}",
                hint="Shorten it, or raise model.n_ctx if the model was trained for more.",
            )
        return tokens

    def _seeded(self, sampling: Sampling) -> Sampling:
        if sampling.seed is not None or self.seed is None:
            return sampling
        return replace(sampling, seed=self.seed)

    def _take(self) -> None:
        if not self._busy.acquire(blocking=False):
            raise BusyError(
                "the model is already answering", hint="Wait for it to finish, or stop it first."
            )
        for context in self._contexts():
            context.resume()

    @contextmanager
    def _taken(self) -> Iterator[None]:
        self._take()
        try:
            yield
        except Stopped as stopped:
            raise Interrupted("the computation was stopped") from stopped
        finally:
            self._busy.release()

    def _reuse(self, tokens: Sequence[int]) -> int:
        """Cut the KV cache back to what it has in common with `tokens`; returns how many."""
        common = common_length(self._cached, tokens)
        if not self._chat.forget(0, common):
            self._chat.forget(0)  # recurrent models cannot go back: start over
            common = 0
        del self._cached[common:]
        return common

    def _evaluate(self, tokens: Sequence[int], logits: bool) -> None:
        """Append `tokens` to the KV cache; logits for each of them, or for the very last only."""
        size = self._chat.n_batch
        for start in range(0, len(tokens), size):
            chunk = tokens[start : start + size]
            at = len(self._cached)
            last = len(tokens) - 1 - start
            rows = [(t, at + i, 0, logits or i == last) for i, t in enumerate(chunk)]
            self._chat.decode(rows)
            self._cached.extend(chunk)

    def _logprob(self, row: int, token: int) -> float:
        logits = self._chat.logits(row)
        top = float(logits.max())
        total = float(np.exp(logits - top, dtype=np.float64).sum())
        return float(logits[token]) - top - math.log(total)


class Reply(Iterator[str]):
    """A reply in the making: pieces of valid text, figures in `stats`, ids in `tokens`.

    It holds the engine until it ends or `close()` is called, so use it in a `with` block.
    """

    def __init__(
        self, engine: Engine, prompt: list[int], sampling: Sampling, started: float
    ) -> None:
        self.stats = Stats(prompt_tokens=len(prompt))
        self.tokens: list[int] = []
        self._engine = engine
        self._sampler = Sampler(engine.model, sampling)
        self._pending = prompt
        self._max_tokens = sampling.max_tokens
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._started = started
        self._first_at = started
        self._held = True

    def __enter__(self) -> Reply:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __next__(self) -> str:
        """The next piece of text; a token that ends inside a character waits for the rest of it."""
        try:
            while self.stats.finish == "running":
                text = self._step()
                if text:
                    return text
        except BaseException:
            self.close()
            raise
        self.close()
        raise StopIteration

    def _step(self) -> str:
        engine, stats = self._engine, self.stats
        if len(self.tokens) >= self._max_tokens:
            stats.finish = "length"
            return ""
        if not self.tokens:
            # The last token is always evaluated, even if cached: its logits are needed.
            stats.cached_tokens = engine._reuse(self._pending[:-1])
            self._pending = self._pending[stats.cached_tokens :]
        elif len(engine._cached) >= engine.n_ctx:
            stats.finish = "window"
            return ""
        try:
            engine._evaluate(self._pending, logits=False)
        except Stopped:
            stats.finish = "stopped"
            return ""
        token = self._sampler.draw(engine._chat, -1)
        if engine.model.ends(token):
            stats.finish = "end"
            return ""
        self.tokens.append(token)
        self._pending = [token]
        self._clock()
        return self._decoder.decode(engine.model.piece(token))

    def _clock(self) -> None:
        stats, now = self.stats, time.perf_counter()
        stats.reply_tokens = len(self.tokens)
        if stats.reply_tokens == 1:
            self._first_at = now
            stats.ttft_s = now - self._started
        elif now > self._first_at:
            stats.tokens_per_s = (stats.reply_tokens - 1) / (now - self._first_at)

    def close(self) -> None:
        """Give the engine back; the reply stays as far as it got."""
        if self._held:
            self._held = False
            if self.stats.finish == "running":
                self.stats.finish = "stopped"
            self._sampler.close()
            self._engine._busy.release()


def _cores() -> int:
    """Cores this process may use; twice as many threads, where cores have two, gain nothing."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else physical
    return max(1, min(physical, allowed))
