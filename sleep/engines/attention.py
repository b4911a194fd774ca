"""Attention over a packed row, sequence by sequence instead of everything against everything.

A row holds many short sequences that never look at each other (see `packing`). They are gathered
into a few batches of like length, each with the shared prefix before it, and attended to as such:
the work grows with the row, not with its square. Registered with transformers as "packed"; a
forward that brings no layout gets the library's own attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME: Final = "packed"
_WIDTH: Final = 16  # sequences whose lengths round up to the same multiple go together


@dataclass(frozen=True)
class _Group:
    """Sequences of like length. rows: int64 [b, L], their places in the packed row (padded with 0).

    first: int64 [b, 1], the position of each one's first token; prefixed: bool [b, 1, 1].
    lengths: int64 [b, 1].
    """

    rows: Tensor
    first: Tensor
    prefixed: Tensor
    lengths: Tensor


@dataclass(frozen=True)
class Layout:
    """Where the sequences of a packed row lie. `back` maps each place of the row to its output."""

    prefix: int
    groups: tuple[_Group, ...]
    back: Tensor
    _masks: dict[int | None, list[Tensor]] = field(default_factory=dict)

    def masks(self, window: int | None) -> list[Tensor]:
        """Bool [b, 1, L, prefix + L] for each group: what every token may look at."""
        if window not in self._masks:
            self._masks[window] = [self._mask(group, window) for group in self.groups]
        return self._masks[window]

    def _mask(self, group: _Group, window: int | None) -> Tensor:
        count, width = group.rows.shape
        device = group.rows.device
        steps = torch.arange(width, device=device)
        own = group.first + steps  # [b, L]
        before = torch.arange(self.prefix, device=device).expand(count, -1)
        keys = torch.cat([before, own], 1)
        apart = own[:, :, None] - keys[:, None, :]
        there = (steps < group.lengths)[:, None, :].expand(-1, width, -1)
        seen = group.prefixed.expand(-1, width, self.prefix)
        allowed = torch.cat([seen, there], 2) & (apart >= 0)
        if window is not None:
            allowed &= apart < window
        padding = (steps >= group.lengths)[:, :, None]  # which must look at something, at itself
        itself = torch.arange(self.prefix + width, device=device) == self.prefix + steps[:, None]
        return (allowed | (padding & itself))[:, None]


def layout(
    spans: Sequence[tuple[int, int]], shared: Sequence[bool], prefix: int, size: int
) -> Layout:
    """The layout of a row of `size` places: prefix first, then sequences at `spans`.

    shared: whether a sequence begins with the prefix. Places of no sequence get any finite output.
    """
    sequences = [(0, prefix, False)] if prefix else []
    sequences += [(first, end, own) for (first, end), own in zip(spans, shared, strict=True)]
    by_width: dict[int, list[tuple[int, int, bool]]] = {}
    for sequence in sequences:
        width = -(-(sequence[1] - sequence[0]) // _WIDTH) * _WIDTH
        if width:
            by_width.setdefault(width, []).append(sequence)
    back = torch.zeros(size, dtype=torch.int64)
    groups, offset = [], 0
    for width, members in sorted(by_width.items()):
        rows = torch.zeros(len(members), width, dtype=torch.int64)
        for at, (first, end, _) in enumerate(members):
            rows[at, : end - first] = torch.arange(first, end)
            back[first:end] = offset + at * width + torch.arange(end - first)
        groups.append(
            _Group(
                rows,
                torch.tensor([[prefix if own else 0] for _, _, own in members]),
                torch.tensor([[[own]] for _, _, own in members]),
                torch.tensor([[end - first] for first, end, _ in members]),
            )
        )
        offset += rows.numel()
    return Layout(prefix, tuple(groups), back)


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    layout: Layout | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **options: Any,
) -> tuple[Tensor, Tensor | None]:
    """transformers' attention interface: query [1, heads, T, d] to output [1, T, heads, d]."""
    if layout is None:
        options |= {"scaling": scaling, "sliding_window": sliding_window}
        given: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **options
        )
        return given
    heads = query.shape[1]
    repeats = heads // key.shape[1]
    before = [x[:, :, : layout.prefix] for x in (key, value)]
    found = []
    for group, mask in zip(layout.groups, layout.masks(sliding_window), strict=True):
        q, k, v = (_gathered(x, group.rows) for x in (query, key, value))
        k, v = (
            repeat_kv(torch.cat([x.expand(len(group.rows), -1, -1, -1), own], 2), repeats)
            for x, own in zip(before, (k, v), strict=True)
        )
        # Plainly: on a CPU, the fused kernel's backward takes ten times as long for short rows.
        scores = torch.matmul(q * (scaling or q.shape[-1] ** -0.5), k.transpose(2, 3))
        weights = scores.float().masked_fill(~mask, -torch.inf).softmax(-1).to(v.dtype)
        found.append(torch.matmul(weights, v).transpose(1, 2).flatten(0, 1))
    return torch.cat(found)[layout.back][None], None


def _gathered(states: Tensor, rows: Tensor) -> Tensor:
    """[1, heads, T, d] at rows [b, L]: [b, heads, L, d]."""
    picked = states[0].transpose(0, 1)[rows.flatten()]
    return picked.reshape(*rows.shape, *picked.shape[1:]).transpose(1, 2)


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
