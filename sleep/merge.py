"""Base weights plus experts, tensor by tensor and a few rows at a time.

Sums are made in float64 and rounded once to float32, so that a generation can be rebuilt bit for
bit, whatever the number of threads or the order in which a linear algebra library adds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from assistant.errors import ReverieError
from sleep.experts import Expert, active_modules
from sleep.gguf_file import Floats, GgufFile, Indices, TensorInfo
from sleep.gguf_map import TensorMap, tensor_map

Doubles = npt.NDArray[np.float64]

_SLAB_ELEMENTS: Final = 4 * 2**20
"""Values handled at once: 16 MiB as float32."""


@dataclass(frozen=True)
class Change:
    """What all experts together do to one tensor: `down` @ `up` is added, in the file's row order.

    `down` is [rows, total rank] with gates and scales in it, `up` is [total rank, columns].
    """

    tensor: TensorInfo
    down: Doubles
    up: Doubles

    def delta(self, rows: slice | Indices) -> Doubles:
        """What is added to some rows: [rows, columns]."""
        product: Doubles = self.down[rows] @ self.up
        return product


def changes(base: GgufFile, experts: Sequence[Expert]) -> dict[str, Change]:
    """Tensor name -> change, for every tensor that an active expert changes.

    Raises ReverieError when an expert does not belong to this model or holds no usable numbers.
    """
    names = tensor_map(base)
    found = {}
    for module in active_modules(experts):
        tensor = base.tensors.get(names.tensor(module))
        if tensor is None:
            raise ReverieError(
                f"an expert changes '{module}', which {base.path.name} does not have",
                hint="The expert was made for another model.",
            )
        found[tensor.name] = _change(tensor, module, experts, names)
    return found


def slabs(base: GgufFile, change: Change) -> Iterator[Floats]:
    """All rows of the merged tensor in order, as float32 [some rows, columns]."""
    tensor = change.tensor
    step = max(1, _SLAB_ELEMENTS // tensor.columns)
    for start in range(0, tensor.rows, step):
        yield merged_rows(base, change, slice(start, start + step))


def merged_rows(base: GgufFile, change: Change, rows: slice | Indices) -> Floats:
    """Some rows of a tensor with what was learned added: float32 [rows, columns]."""
    total = base.floats(change.tensor.name, rows) + change.delta(rows)
    merged: Floats = total.astype(np.float32)
    return merged


def _change(tensor: TensorInfo, module: str, experts: Sequence[Expert], names: TensorMap) -> Change:
    down, up = [], []
    for expert in experts:
        if not expert.gate or module not in expert.modules:
            continue
        a, b = (t.detach().cpu().double().numpy() for t in expert.pair(module))
        if (b.shape[0], a.shape[1]) != tensor.shape:
            raise ReverieError(
                f"expert '{expert.id}' is {b.shape[0]} x {a.shape[1]} on '{module}', but the "
                f"model is {tensor.shape[0]} x {tensor.shape[1]} there",
                hint="The expert was made for another model.",
            )
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            raise ReverieError(
                f"expert '{expert.id}' holds numbers that are not finite on '{module}'",
                hint="Its training went wrong; the night has to be repeated.",
            )
        down.append(names.to_gguf_rows(tensor.name, b) * expert.scale)
        up.append(a)
    return Change(tensor, np.concatenate(down, axis=1), np.concatenate(up, axis=0))
