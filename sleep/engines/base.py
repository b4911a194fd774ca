"""What the night asks of a training engine, and the sequences that pass between them.

Everything above this interface is engine-blind: curriculum, losses, schedule and exam never see
which library moves the tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from sleep.experts import Expert


@dataclass(frozen=True)
class TrainingFolder:
    """Where the base weights lie, and the older experts that are part of the frozen model."""

    path: Path
    experts: tuple[Expert, ...] = ()
    threads: int = 0
    """CPU threads; 0: one per core."""
    four_bit: bool = False
    """Hold the frozen weights in 4 bits (QLoRA, Dettmers et al., arXiv 2305.14314); GPU only."""
    checkpointing: bool = False
    """Compute activations again in the backward pass instead of keeping them."""
    spread: bool = False
    """Let the layers lie on all GPUs, where one is too small; the reference engine only."""


@dataclass(frozen=True)
class Example:
    """One sequence to learn from: token ids of a prompt and of the answer that follows it.

    `shared` says how many of the first prompt tokens are the prefix that the engine was given by
    `share_prefix` (0: none); they are evaluated once for a whole batch.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    shared: int = 0


@dataclass(frozen=True)
class Teaching:
    """The teacher's distribution at every answer token, cut to its k likeliest tokens.

    logprobs, tokens: float32 and int64 of shape [answer, k], natural logarithms, best first; on
    the CPU, wherever the model is.
    """

    logprobs: Tensor
    tokens: Tensor


class Engine(Protocol):
    """One frozen model with room for one new expert.

    The teacher is the frozen model as it is gated, without the new expert; the student is the same
    with it. Before `grow` they are one.
    """

    n_layers: int

    def gate(self, experts: Sequence[Expert]) -> None:
        """Let the frozen model be the base and exactly these experts, each times its gate.

        The new expert stays as it is. Prepared examples stay prepared where no layer below the new
        expert changes; otherwise they have to be prepared again. The weights afterwards depend on
        `experts` alone, bit for bit, not on what was gated before.
        """

    def share_prefix(self, prefix: Sequence[int]) -> None:
        """Name the tokens that most examples begin with."""

    def teach(self, examples: Sequence[Example], k: int) -> list[Teaching]:
        """What the teacher says at each answer token. No gradients."""

    def sample(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        length: int,
        temperature: float,
        seed: int,
        ends: Sequence[int],
        student: bool = True,
    ) -> list[tuple[int, ...]]:
        """One continuation of each prompt, drawn from the student or the teacher. No gradients.

        At most `length` tokens, up to and with the first one of `ends`. temperature 0: always the
        likeliest token. Same arguments and same model, same continuations.
        """

    def grow(self, *, rank: int, alpha: float, first_layer: int, seed: int) -> None:
        """Add one expert to every linear layer from `first_layer` up; B = 0, the rest frozen."""

    def prepare(self, examples: Sequence[Example]) -> None:
        """Compute and keep what training on these examples will need again and again."""

    def release(self, examples: Sequence[Example]) -> None:
        """Forget what `prepare` kept for these, once released as often as prepared."""

    def logits(self, batch: Sequence[Example]) -> Tensor:
        """Float32 [answer tokens of the batch, vocabulary], with gradients to the expert.

        On the device that the engine trains on.
        """

    def log_probs(self, batch: Sequence[Example], tokens: Tensor) -> Tensor:
        """Log-probabilities of some tokens at each answer position, with gradients to the expert.

        tokens: int64 [answer tokens of the batch, m]; gives float32 of that shape, on the device
        that the engine trains on. The same as `sleep.losses.log_probs` of `logits`, which an engine
        need not make as a whole.
        """

    def parameters(self) -> list[nn.Parameter]:
        """The new expert's parameters, float32, and nothing else."""

    def expert(self, name: str, *, level: int, night: int) -> Expert:
        """A copy of the new expert as it stands, float32 on the CPU."""

    def restore(self, expert: Expert) -> None:
        """Let the new expert be a copy of this one; ValueError if it was grown in another shape."""
