"""Many short sequences as one row, all after one shared prefix.

A batch is laid out as [prefix | sequence 1 | sequence 2 | ...]; every token looks at the prefix (if
its sequence begins with it) and at its own sequence up to itself (`sleep.engines.attention`). So
the system text, which every prompt begins with, is computed once a step, and nothing is padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sleep.engines.base import Example


@dataclass(frozen=True)
class Packed:
    """Where everything of a batch lies in its row of T positions.

    tokens, positions: int64 [T]. answers: int64, the positions whose output predicts an answer
    token, in order of the batch. prefix: its length. spans: (first, end) of each sequence's own
    positions; shares: whether it begins with the prefix. What is behind the last span is filled in.
    """

    tokens: Tensor
    positions: Tensor
    answers: Tensor
    prefix: int
    spans: list[tuple[int, int]]
    shares: list[bool]

    def to(self, device: torch.device) -> Packed:
        """The same on `device`."""
        moved = {
            name: getattr(self, name).to(device) for name in ("tokens", "positions", "answers")
        }
        return replace(self, **moved)


def own_tokens(example: Example) -> list[int]:
    """The ids an example adds to the row: all but the shared prefix and the last answer token."""
    return [*example.prompt[example.shared :], *example.answer[:-1]]


def pack(batch: Sequence[Example], prefix: Sequence[int], multiple: int = 1) -> Packed:
    """Lay out a batch. Examples with `shared` must begin with exactly `prefix`.

    The row is filled up to a `multiple` with positions that nobody looks at: matrix libraries
    prepare each new shape for milliseconds, so rows of few different lengths are faster.
    """
    tokens = list(prefix)
    positions = list(range(len(prefix)))
    answers: list[int] = []
    spans: list[tuple[int, int]] = []
    for example in batch:
        if example.shared not in (0, len(prefix)):
            raise ValueError(f"an example shares {example.shared} tokens of {len(prefix)}")
        own = own_tokens(example)
        first, end = len(tokens), len(tokens) + len(own)
        tokens += own
        positions += range(example.shared, example.shared + len(own))
        if own[len(example.answer) - 1 :]:
            answers += range(end - len(example.answer), end)
        else:  # all of the prompt is shared: its last token, in the prefix, predicts the first
            answers += [len(prefix) - 1, *range(first, end)]
        spans.append((first, end))
    filled = -len(tokens) % multiple
    tokens += [0] * filled
    positions += [0] * filled
    return Packed(
        tokens=torch.tensor(tokens),
        positions=torch.tensor(positions),
        answers=torch.tensor(answers),
        prefix=len(prefix),
        spans=spans,
        shares=[example.shared > 0 for example in batch],
    )
