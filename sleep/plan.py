"""Which tensor type every changed tensor is stored in: the least error that the size allows.

Only types that keep the change (see `sleep.grid`) are considered. Among those, the sum over all
tensors of (relative error)^2 is made small under the limit on bytes, by pricing bytes: at a price,
every tensor takes the type with the least error + price * size, and the price is the lowest one at
which all fit (a Lagrangian relaxation, within one tensor of the best).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from gguf import GGMLQuantizationType as Kind

from assistant.errors import ReverieError
from sleep.gguf_file import GgufFile, TensorInfo, padded, row_bytes
from sleep.grid import CANDIDATES, Trial
from sleep.merge import Change, slabs
from sleep.quantize import FLOAT_KINDS, HALF_MAX, fits

FAITHFUL: Final = (0.8, 1.25)
"""Survival between these counts as keeping the change: less forgets it, more exaggerates it."""

# What llama.cpp takes instead when rows are too narrow for blocks of 256 values.
_NARROW: Final = {
    Kind.Q6_K: Kind.Q8_0,
    Kind.Q5_K: Kind.Q5_1,
    Kind.Q4_K: Kind.Q5_0,
    Kind.Q3_K: Kind.Q4_0,
}
_PRICE_STEPS: Final = 60


@dataclass(frozen=True)
class _Option:
    """One tensor in one type: bytes in the file, squared relative error of rounding."""

    kind: Kind
    size: int
    error: float


def kind_named(name: str) -> Kind:
    """The tensor type of this name, such as "Q5_1" or "F16"."""
    allowed = [kind.name for kind in (*CANDIDATES, *sorted(FLOAT_KINDS))]
    if name not in allowed:
        raise ReverieError(
            f"'{name}' is not a type that a model can be exported to",
            hint=f"Choose one of {', '.join(allowed)}.",
        )
    return Kind[name]


def forced(changed: Mapping[str, Change], base: GgufFile, kind: Kind) -> dict[str, Kind]:
    """Every changed tensor as `kind`, or what llama.cpp takes instead where that does not fit."""
    plan = {}
    for name, change in changed.items():
        best = kind if fits(change.tensor.columns, kind) else _NARROW.get(kind, Kind.F16)
        best = best if fits(change.tensor.columns, best) else Kind.F16
        plan[name] = _no_overflow(base, change) if best is Kind.F16 else best
    return plan


def choose(
    base: GgufFile, changed: Mapping[str, Change], trials: Sequence[Trial], budget: int
) -> dict[str, Kind]:
    """A type for every changed tensor, so that their data take at most `budget` bytes.

    Tensors that the base holds in floating point stay in it. When even the smallest types that
    keep the change do not fit, those are taken.
    """
    plan, options = {}, {}
    for name, change in changed.items():
        own = change.tensor.type
        if own in FLOAT_KINDS:
            # bfloat16 has a coarse grid of its own; F16 takes the same room.
            plan[name] = Kind.F32 if own is Kind.F32 else _no_overflow(base, change)
            budget -= _size(change.tensor, plan[name], base.alignment)
        else:
            options[name] = _options(change.tensor, trials, base.alignment)
    return plan | _cheapest_error(options, budget)


def _options(tensor: TensorInfo, trials: Sequence[Trial], alignment: int) -> list[_Option]:
    """The types this tensor may have: those that keep the change, or the one that does best."""
    tried = [trial for trial in trials if tensor.name in trial.by_tensor]

    def keeps(trial: Trial) -> bool:
        tally = trial.pooled[tensor.type]
        doubt = 2 * tally.uncertainty  # a tiny change cannot be measured well
        return FAITHFUL[0] - doubt <= tally.survival <= FAITHFUL[1] + doubt

    good = [trial for trial in tried if keeps(trial)]
    good = good or [min(tried, key=lambda trial: abs(trial.pooled[tensor.type].survival - 1))]
    return [
        _Option(
            trial.kind,
            _size(tensor, trial.kind, alignment),
            trial.by_tensor[tensor.name].relative_error ** 2,
        )
        for trial in good
    ]


def _cheapest_error(options: Mapping[str, Sequence[_Option]], budget: int) -> dict[str, Kind]:
    """The choice with the least error at the lowest price per byte that keeps the budget."""

    def at(price: float) -> dict[str, _Option]:
        return {
            name: min(found, key=lambda option: (option.error + price * option.size, option.size))
            for name, found in options.items()
        }

    def fitting(price: float) -> bool:
        return sum(option.size for option in at(price).values()) <= budget

    low, high = -18.0, 3.0  # powers of ten: from "bytes cost nothing" to "only bytes count"
    price = 0.0
    if not fitting(price):
        for _ in range(_PRICE_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if fitting(10**middle) else (middle, high)
        price = float(10**high)
    return {name: option.kind for name, option in at(price).items()}


def _size(tensor: TensorInfo, kind: Kind, alignment: int) -> int:
    return padded(tensor.rows * row_bytes(tensor.columns, kind), alignment)


def _no_overflow(base: GgufFile, change: Change) -> Kind:
    """F16, or F32 when a merged value is too large for it."""
    largest = max(float(np.abs(slab).max()) for slab in slabs(base, change))
    return Kind.F16 if largest <= HALF_MAX else Kind.F32
