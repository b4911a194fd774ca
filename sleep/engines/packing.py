"""Many short sequences as one row, all after one shared prefix.

A batch is laid out as [prefix | sequence 1 | sequence 2 | ...]; the attention mask lets every token
see the prefix (if its sequence begins with it) and its own sequence up to itself. So the system
text, which every prompt begins with, is computed once a step, and nothing is padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sleep.engines.attention import Layout, layout
from sleep.engines.base import Example


@dataclass(frozen=True)
class Packed:
    """Where everything of a batch lies in its row of T positions.

    tokens, positions: int64 [T]. mask: bool [T, T], true where the row may look at the column.
    answers: int64, the positions whose output predicts an answer token, in order of the batch.
    spans: (first, end) of each sequence's own positions. layout: the same for `attention`.
    """

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    answers: Tensor
    spans: list[tuple[int, int]]
    layout: Layout


def own_tokens(example: Example) -> list[int]:
    """The ids an example adds to the row: all but the shared prefix and the last answer token."""
    return [*example.prompt[example.shared :], *example.answer[:-1]]


def pack(batch: Sequence[Example], prefix: Sequence[int], multiple: int = 1) -> Packed:
    """Lay out a batch. Examples with `shared` must begin with exactly `prefix`.

    The row is filled up to a `multiple` with positions that see only themselves: matrix libraries
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
        mask=_mask(len(tokens), len(prefix), spans, batch),
        answers=torch.tensor(answers),
        spans=spans,
        layout=layout(spans, [bool(x.shared) for x in batch], len(prefix), len(tokens)),
    )


def _mask(
    size: int, prefix: int, spans: Sequence[tuple[int, int]], batch: Sequence[Example]
) -> Tensor:
    mask = torch.eye(size, dtype=torch.bool)
    for first, end in [(0, prefix), *spans]:
        length = end - first
        mask[first:end, first:end] = torch.ones(length, length, dtype=torch.bool).tril()
    for (first, end), example in zip(spans, batch, strict=True):
        if example.shared:
            mask[first:end, :prefix] = True
    return mask
