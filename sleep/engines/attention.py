"""Attention over a packed row: each sequence against the shared prefix and itself, and no more.

Of the T x T pairs of a row of sequences of about L tokens behind a prefix of P, only T x (P + L)
may look at each other. Attention runs on those alone, as a batch of sequences padded to one length;
all other layers see the row as it is. Registered with transformers under `NAME`.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from sleep.engines.packing import Packed

NAME: Final = "reverie_blocks"


class Blocks:
    """Where a row's sequences lie in a batch of B, padded to L, and who may look at whom there."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._elsewhere: dict[torch.device, Blocks] = {}
        self.prefix = packed.prefix
        spans = [(first - packed.prefix, end - packed.prefix) for first, end in packed.spans]
        shares = [
            share for (first, end), share in zip(spans, packed.shares, strict=True) if end > first
        ]
        spans = [(first, end) for first, end in spans if end > first]
        device = packed.tokens.device
        self.count = len(spans)
        self.longest = max((end - first for first, end in spans), default=0)
        self.own = spans[-1][1] if spans else 0
        ends = torch.tensor(spans, dtype=torch.int64, device=device).reshape(-1, 2)
        starts, last = ends[:, :1], ends[:, 1:] - ends[:, :1] - 1
        column = torch.arange(self.longest, device=device)[None]
        real = column <= last
        self.real = real.reshape(-1)
        self.there = (starts + torch.minimum(column, last)).reshape(-1)
        """[B x L]: which position behind the prefix stands here; the last of each repeats."""
        self.back = self.real.nonzero()[:, 0]
        """[own positions]: where each of them stands in the batch."""
        self._shares = torch.tensor(shares, dtype=torch.bool, device=device)
        self._masks: dict[tuple[int | None, torch.dtype], tuple[Tensor, Tensor]] = {}

    def on(self, device: torch.device) -> Blocks:
        """The same on another device, made once: layers may lie on several."""
        if device == self.there.device:
            return self
        if device not in self._elsewhere:
            self._elsewhere[device] = Blocks(self._packed.to(device))
        return self._elsewhere[device]

    def masks(self, window: int | None, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """What is added to the scores: [P, P] of the prefix, [B, 1, L, P + L] of the sequences."""
        if (window, dtype) not in self._masks:
            self._masks[window, dtype] = (
                self._prefix_mask(window, dtype),
                self._own_mask(window, dtype),
            )
        return self._masks[window, dtype]

    def _prefix_mask(self, window: int | None, dtype: torch.dtype) -> Tensor:
        at = torch.arange(self.prefix, device=self.there.device)
        return _added(_back(at[:, None] - at[None], window), dtype)

    def _own_mask(self, window: int | None, dtype: torch.dtype) -> Tensor:
        at = torch.arange(self.longest, device=self.there.device)
        itself = _back(at[:, None] - at[None], window).expand(self.count, -1, -1)
        before = torch.arange(self.prefix, device=self.there.device)
        common = _back(self.prefix + at[:, None] - before[None], window)
        common = common[None] & self._shares[:, None, None]
        return _added(torch.cat([common, itself], -1), dtype)[:, None]


def _back(distance: Tensor, window: int | None) -> Tensor:
    """Whether what lies so far back may be looked at."""
    near = distance >= 0
    return near if window is None else near & (distance < window)


def _added(visible: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill_(
        ~visible, float("-inf")
    )


class _Moved(torch.autograd.Function):
    """Rows taken from one place to another and back, without adding anything up on the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, there: Tensor, back: Tensor, real: Tensor | None) -> Tensor:
        ctx.save_for_backward(back, real)
        return x.index_select(1, there)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        back, real = ctx.saved_tensors
        moved = gradients[0].index_select(1, back)
        return moved if real is None else moved * real[:, None], None, None, None


def _move(x: Tensor, there: Tensor, back: Tensor, real: Tensor | None = None) -> Tensor:
    """x [heads, from, d] at the places `there`; `back` is the way of the gradients."""
    moved: Tensor = _Moved.apply(x, there, back, real)  # type: ignore[no-untyped-call]
    return moved


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    sliding_window: int | None = None,
    blocks: Blocks | None = None,
    **rest: Any,
) -> tuple[Tensor, None]:
    """Attention of a packed row when its `blocks` are given, else as transformers computes it.

    query [1, heads, T, d], key and value [1, key heads, T, any]; gives [1, T, heads, any].
    """
    if blocks is None:
        plain: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **rest
        )
        return plain
    blocks = blocks.on(query.device)
    prefix_mask, own_mask = blocks.masks(sliding_window, query.dtype)
    end = blocks.prefix + blocks.own
    parts = []
    if blocks.prefix:
        q, k, v = (each[:, :, : blocks.prefix] for each in (query, key, value))
        parts.append(_attended(q, k, v, prefix_mask, scaling)[0])
    if blocks.count:
        own = [_padded(each[0, :, blocks.prefix : end], blocks) for each in (query, key, value)]
        common = [
            each[:, :, : blocks.prefix].expand(blocks.count, -1, -1, -1) for each in (key, value)
        ]
        keys, values = (torch.cat(pair, 2) for pair in zip(common, own[1:], strict=True))
        done = _attended(own[0], keys, values, own_mask, scaling)
        done = done.transpose(0, 1).reshape(query.shape[1], -1, value.shape[3])
        parts.append(_move(done, blocks.back, blocks.there, blocks.real))
    filled = query.shape[2] - end
    if filled:
        parts.append(value.new_zeros(query.shape[1], filled, value.shape[3]))
    return torch.cat(parts, 1).transpose(0, 1)[None], None


def _padded(row: Tensor, blocks: Blocks) -> Tensor:
    """[heads, own positions, d] of a row as [B, heads, L, d]."""
    moved = _move(row, blocks.there, blocks.back)
    return moved.reshape(len(row), blocks.count, blocks.longest, -1).transpose(0, 1)


def _attended(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float | None
) -> Tensor:
    """Plain attention, query heads of one key head together: for so few tokens the fastest."""
    batch, heads, length, width = query.shape
    key_heads = key.shape[1]
    grouped = query.reshape(batch * key_heads, -1, width)
    keys, values = (each.reshape(batch * key_heads, each.shape[2], -1) for each in (key, value))
    hidden = mask.expand(batch, heads, length, -1).reshape(len(keys), -1, keys.shape[1])
    scale = width**-0.5 if scaling is None else scaling
    scores = torch.baddbmm(hidden, grouped, keys.transpose(-1, -2), alpha=scale)
    return (scores.softmax(-1) @ values).view(batch, heads, length, -1)


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
