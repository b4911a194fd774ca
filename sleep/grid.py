"""How much of what was learned survives in a tensor type.

**The trap.** Weights read from a quantized file sit exactly on that type's grid. What a night adds
is far smaller than the grid's step, so quantizing back to the same type rounds nearly all of it
away, although the file looks right. It is a question of measurement, not of names: for each
candidate type, some rows of every changed tensor are quantized and read back, and *survival* is
what became of the change along its own direction: <stored - base, change> / |change|^2. It is about
1 on a foreign grid (rounding errors are there, but do not point against the change), near 0 on the
base's own, and far from 1 on related grids too. On the starter (Q4_1), for a change of 0.7 %: Q8_0
1.00, Q5_0 0.98, Q6_K 0.94, Q4_0 0.90, but Q5_1 1.63, Q5_K 0.24, Q4_K 0.06 and Q4_1 itself 0.06.

Which of the types that keep the change is used where is decided in `sleep.plan`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from gguf import GGMLQuantizationType as Kind

from sleep.gguf_file import Bytes, Floats, GgufFile, Indices, TensorInfo, to_floats
from sleep.merge import Change, merged_rows
from sleep.quantize import FLOAT_KINDS, fits, quantize

CANDIDATES: Final = (
    Kind.Q8_0,
    Kind.Q6_K,
    Kind.Q5_K,
    Kind.Q5_1,
    Kind.Q5_0,
    Kind.Q4_K,
    Kind.Q4_1,
    Kind.Q4_0,
    Kind.Q3_K,
)
_SAMPLE_ROWS: Final = 32


@dataclass
class Tally:
    """Sums over rows, for survival and error of one way to store them."""

    kept: float = 0.0
    change: float = 0.0
    error: float = 0.0
    weight: float = 0.0
    count: int = 0

    def add(self, stored: Floats, base: Floats, target: Floats) -> None:
        """Count rows that should be `target` (the merged values) and are `stored`."""
        change = target.astype(np.float64) - base
        self.kept += float(np.vdot(stored - base, change))
        self.change += float(np.vdot(change, change))
        self.error += float(np.square(stored - target, dtype=np.float64).sum())
        self.weight += float(np.square(target, dtype=np.float64).sum())
        self.count += target.size

    def absorb(self, other: "Tally") -> None:
        """Add another tally to this one."""
        self.kept += other.kept
        self.change += other.change
        self.error += other.error
        self.weight += other.weight
        self.count += other.count

    @property
    def survival(self) -> float:
        """Share of the change that survives along its own direction; 1 when nothing changes."""
        return self.kept / self.change if self.change else 1.0

    @property
    def uncertainty(self) -> float:
        """Standard deviation of `survival` from rounding errors that do not know the change."""
        return float(np.sqrt(self.error / self.change / self.count)) if self.change else 0.0

    @property
    def relative_change(self) -> float:
        """Size of the change, relative to the weights."""
        return float(np.sqrt(self.change / self.weight)) if self.weight else 0.0

    @property
    def relative_error(self) -> float:
        """Root mean square of what rounding does, relative to the weights."""
        return float(np.sqrt(self.error / self.weight)) if self.weight else 0.0


@dataclass
class Trial:
    """How the sampled rows of every changed tensor fare in one type.

    `pooled` is by the base's type, since that is what makes a grid its own: a single tensor's few
    rows are too noisy to be judged by.
    """

    kind: Kind
    by_tensor: dict[str, Tally] = field(default_factory=dict)
    pooled: dict[Kind, Tally] = field(default_factory=dict)


def sample_rows(tensor: TensorInfo) -> Indices:
    """Indices of a few rows, evenly spread over the tensor."""
    count = min(_SAMPLE_ROWS, tensor.rows)
    return np.linspace(0, tensor.rows - 1, count).astype(np.intp)


def stored_as(values: Floats, base_kind: Kind, kind: Kind, n_threads: int = 1) -> Bytes:
    """Merged values as they are stored, kept off the base's grid where that can be done."""
    return quantize(values, kind, off_grid=base_kind is kind, n_threads=n_threads)


def try_kind(base: GgufFile, changed: Mapping[str, Change], kind: Kind) -> Trial:
    """Store the sampled rows of every changed tensor as `kind` and see what is left of them."""
    trial = Trial(kind)
    for name, change in changed.items():
        own = change.tensor.type
        if not fits(change.tensor.columns, kind) or own in FLOAT_KINDS:
            continue
        rows = sample_rows(change.tensor)
        target = merged_rows(base, change, rows)
        stored = to_floats(stored_as(target, own, kind), kind)
        tally = Tally()
        tally.add(stored, base.floats(name, rows), target)
        trial.by_tensor[name] = tally
        trial.pooled.setdefault(own, Tally()).absorb(tally)
    return trial
