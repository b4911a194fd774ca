"""What recall asks of a language model: likelihoods and samples; and the serving engine as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from assistant.engine import Engine
from assistant.native import Sampling


class Likelihood(NamedTuple):
    """Natural log-likelihood of a continuation: the sum over its tokens, and the mean."""

    total: float
    mean: float


class ReadingModel(Protocol):
    """A model as far as recall needs one. Prompts are plain text, no chat template."""

    def score(self, prompt: str, continuation: str) -> Likelihood:
        """How likely the continuation is after the prompt."""
        ...

    def sample(
        self, prompt: str, n: int, max_tokens: int, stop: str, temperature: float
    ) -> list[str]:
        """n continuations, each cut before the first `stop`."""
        ...


class EngineModel:
    """A ReadingModel on the serving engine, whose cache makes shared prompts cheap."""

    def __init__(self, engine: Engine, seed: int = 0) -> None:
        self.engine = engine
        self._seed = seed

    def score(self, prompt: str, continuation: str) -> Likelihood:
        """See ReadingModel; prompt and continuation are tokenized apart, as text is typed on."""
        tokens = self.engine.tokenize(continuation, special=False)
        scores = self.engine.logprobs(self._start(prompt), tokens)
        total = sum(scores)
        return Likelihood(total, total / max(len(scores), 1))

    def sample(
        self, prompt: str, n: int, max_tokens: int, stop: str, temperature: float
    ) -> list[str]:
        """See ReadingModel; every call draws other samples."""
        self._seed += 1
        sampling = Sampling(temperature=temperature, seed=self._seed)
        prompts: Sequence[list[int]] = [self._start(prompt)] * n
        replies = self.engine.complete_batch(prompts, max_tokens, sampling)
        return [self.engine.detokenize(reply).split(stop)[0] for reply in replies]

    def _start(self, prompt: str) -> list[int]:
        return self.engine.tokenize(prompt, special=False)
