"""Rows of float32 into the bytes of a GGUF tensor type, by ggml's own quantizers.

This is the function that `llama_model_quantize` calls for every tensor. Calling it directly leaves
the type of each tensor to us, needs no full-precision copy of the model on disk, and lets untouched
tensors keep the bytes they have.
"""

import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

import llama_cpp.llama_cpp as llama_library
import numpy as np
from gguf import GGML_QUANT_SIZES
from gguf import GGMLQuantizationType as Kind

from sleep.gguf_file import Bytes, Floats, row_bytes

FLOAT_KINDS: Final = frozenset({Kind.F32, Kind.F16, Kind.BF16})
HALF_MAX: Final = 65504.0
"""Largest finite value of F16."""

_LIBRARY_NAMES: Final = {"darwin": "libggml-base.dylib", "win32": "ggml-base.dll"}
_Q8_BLOCK: Final = 32
_Q8_STEPS: Final = 126
"""Steps on either side of zero in the shifted 8-bit grid; ggml's own uses 127."""


def quantize(values: Floats, kind: Kind, *, off_grid: bool = False, n_threads: int = 1) -> Bytes:
    """Float32 [rows, columns] as stored bytes [rows, bytes per row].

    `off_grid` matters for values that were read from the same type: Q8_0 then gets a slightly
    wider step, so that small changes are not rounded back to where they came from.
    """
    values = np.ascontiguousarray(values, np.float32)
    if kind is Kind.F32:
        return values.view(np.uint8)
    if kind is Kind.F16:
        return values.astype(np.float16).view(np.uint8)
    if kind is Kind.Q8_0 and off_grid:
        return _q8_0_shifted(values)
    stored = np.empty((values.shape[0], row_bytes(values.shape[1], kind)), np.uint8)
    if n_threads <= 1:
        _chunk(values, stored, kind, slice(None))
        return stored
    step = -(-values.shape[0] // n_threads)
    starts = range(0, values.shape[0], step)
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda at: _chunk(values, stored, kind, slice(at, at + step)), starts))
    return stored


def fits(columns: int, kind: Kind) -> bool:
    """Whether rows of this width can be stored as `kind`."""
    return columns % int(GGML_QUANT_SIZES[kind][0]) == 0


def _chunk(values: Floats, stored: Bytes, kind: Kind, rows: slice) -> None:
    """Quantize some rows in place; ctypes lets other threads run meanwhile."""
    source, target = values[rows], stored[rows]
    written = _ggml().ggml_quantize_chunk(
        int(kind), source.ctypes.data, target.ctypes.data, 0, *source.shape, None
    )
    if written != target.nbytes:
        raise RuntimeError(f"ggml wrote {written} bytes of {kind.name} instead of {target.nbytes}")


def _q8_0_shifted(values: Floats) -> Bytes:
    """Q8_0 blocks (half-precision step, 32 signed bytes) on a grid that is not ggml's."""
    blocks = values.reshape(-1, _Q8_BLOCK)
    step = (np.abs(blocks).max(axis=1, keepdims=True) / _Q8_STEPS).astype(np.float16)
    wide = step.astype(np.float32)
    scaled = np.divide(blocks, wide, out=np.zeros_like(blocks), where=wide > 0)
    steps = np.clip(np.rint(scaled), -127, 127).astype(np.int8)
    stored = np.concatenate([step.view(np.uint8), steps.view(np.uint8)], axis=1)
    return stored.reshape(values.shape[0], -1)


@cache
def _ggml() -> Any:
    """The ggml library that llama.cpp itself has loaded."""
    name = _LIBRARY_NAMES.get(sys.platform, "libggml-base.so")
    folder = Path(llama_library._lib._name).parent
    library = ctypes.CDLL(str(folder / name))
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [
        ctypes.c_int,  # type
        ctypes.c_void_p,  # float32 values
        ctypes.c_void_p,  # where to write
        ctypes.c_int64,  # first value
        ctypes.c_int64,  # rows
        ctypes.c_int64,  # values per row
        ctypes.c_void_p,  # importance matrix
    ]
    return library
