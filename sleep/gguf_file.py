"""Read and write GGUF files at the level of bytes: header block, tensor table, tensor data.

Made for exporting: what is not changed must come out exactly as it went in, so the metadata block
is kept as bytes and never parsed into objects and back (the `gguf` package needs two seconds for a
vocabulary of 49,000 tokens; this takes some 30 ms). Whether a file can be used at all is judged by
`assistant.model_file.read_header`, which is asked first and raises the errors.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import math
import mmap
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from assistant.errors import ReverieError
from assistant.model_file import Value, read_header

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

_DEFAULT_ALIGNMENT: Final = 32
_UINT32: Final = 4
_STRING: Final = 8
_ARRAY: Final = 9
# metadata value type -> bytes of a scalar
_SCALAR_BYTES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


@dataclass(frozen=True)
class TensorInfo:
    """One entry of the tensor table; `shape` is in numpy's order ([out, in] for a linear layer)."""

    name: str
    shape: tuple[int, ...]
    type: GGMLQuantizationType
    offset: int = 0
    """Bytes from the start of the data block; set by the file it was read from."""

    @property
    def elements(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def columns(self) -> int:
        """Values per row: what a quantization block runs along."""
        return self.shape[-1]

    @property
    def rows(self) -> int:
        """Number of rows, over all leading dimensions."""
        return self.elements // self.columns

    @property
    def row_bytes(self) -> int:
        """Size of one row in the file."""
        return row_bytes(self.columns, self.type)

    @property
    def nbytes(self) -> int:
        """Size in the file, without padding."""
        return self.rows * self.row_bytes


def row_bytes(columns: int, kind: GGMLQuantizationType) -> int:
    """Bytes of a row of `columns` values stored as `kind`; the width must fit its blocks."""
    sizes: tuple[int, int] = GGML_QUANT_SIZES[kind]
    return columns // sizes[0] * sizes[1]


def padded(size: int, alignment: int) -> int:
    """`size` rounded up to a multiple of `alignment`."""
    return -(-size // alignment) * alignment


class GgufFile:
    """A GGUF file, mapped into memory and read on demand.

    Raises ReverieError when `assistant.model_file` cannot read it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metadata: dict[str, Value] = read_header(path)[0]
        self.file_bytes = path.stat().st_size
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.version: int = struct.unpack_from("<I", self._map, 4)[0]
        n_tensors, self.n_pairs = struct.unpack_from("<QQ", self._map, 8)
        self._value_at: dict[str, tuple[int, int]] = {}
        table_at = self._walk_pairs()
        self._pairs_end = table_at
        tensors, end = self._read_table(table_at, n_tensors)
        self.tensors: dict[str, TensorInfo] = {tensor.name: tensor for tensor in tensors}
        alignment = self.metadata.get("general.alignment") or _DEFAULT_ALIGNMENT
        self.alignment = int(alignment)
        self._data_at = padded(end, self.alignment)

    def number(self, key: str) -> float | None:
        """The number stored under `key`, if there is one."""
        value = self.metadata.get(key)
        return value if isinstance(value, (int, float)) else None

    def array(self, key: str) -> tuple[int, ...] | None:
        """An array of 32-bit integers or booleans stored under `key`, if there is one."""
        kind, at = self._value_at.get(key, (-1, 0))
        if kind != _ARRAY:
            return None
        item, count = struct.unpack_from("<IQ", self._map, at)
        formats = {4: "I", 5: "i", 7: "?"}
        if item not in formats:
            return None
        values = struct.unpack_from(f"<{count}{formats[item]}", self._map, at + 12)
        return tuple(int(value) for value in values)

    def raw(self, name: str) -> Bytes:
        """The stored bytes of a tensor as [rows, bytes per row]; a view, nothing is read yet."""
        tensor = self.tensors[name]
        start = self._data_at + tensor.offset
        view = np.frombuffer(self._map, np.uint8, tensor.nbytes, start)
        return view.reshape(tensor.rows, tensor.row_bytes)

    def floats(self, name: str, rows: slice | Indices | None = None) -> Floats:
        """Values of a tensor as float32 [rows, columns], or of some of its rows."""
        tensor = self.tensors[name]
        raw = self.raw(name) if rows is None else np.ascontiguousarray(self.raw(name)[rows])
        try:
            return to_floats(raw, tensor.type)
        except NotImplementedError as error:
            raise ReverieError(
                f"{self.path.name} stores its weights as {tensor.type.name}, which can be chatted "
                "with but not trained",
                hint="Choose a Q4_K_M, Q5_K_M, Q6_K, Q8_0 or F16 file of the same model.",
            ) from error

    @cached_property
    def pairs(self) -> bytes:
        """The whole metadata block as it is in the file."""
        return self._map[24 : self._pairs_end]

    def pairs_with(self, numbers: Mapping[str, int]) -> tuple[int, bytes]:
        """Count and bytes of the metadata with some unsigned 32-bit values set or added."""
        block, count = bytearray(self.pairs), self.n_pairs
        for key, number in numbers.items():
            kind, at = self._value_at.get(key, (-1, 0))
            if kind == _UINT32:
                struct.pack_into("<I", block, at - 24, number)
            elif kind == -1:
                name = key.encode()
                block += struct.pack("<Q", len(name)) + name + struct.pack("<II", _UINT32, number)
                count += 1
        return count, bytes(block)

    def _walk_pairs(self) -> int:
        """Note where every metadata value lies; returns where the tensor table begins."""
        at = 24
        for _ in range(self.n_pairs):
            (length,) = struct.unpack_from("<Q", self._map, at)
            key = self._map[at + 8 : at + 8 + length].decode()
            at += 8 + length
            (kind,) = struct.unpack_from("<I", self._map, at)
            self._value_at[key] = (kind, at + 4)
            at = self._skip(kind, at + 4)
        return at

    def _skip(self, kind: int, at: int) -> int:
        """Where the value of type `kind` that begins at `at` ends."""
        if kind == _STRING:
            return at + 8 + int(struct.unpack_from("<Q", self._map, at)[0])
        if kind != _ARRAY:
            return at + _SCALAR_BYTES[kind]
        item, count = struct.unpack_from("<IQ", self._map, at)
        at += 12
        if item in _SCALAR_BYTES:
            return at + int(count) * _SCALAR_BYTES[item]
        if item == _ARRAY:
            for _ in range(count):
                at = self._skip(item, at)
            return at
        data, length_at = self._map, struct.Struct("<Q").unpack_from
        for _ in range(count):  # the hot loop: vocabularies have up to 260,000 tokens
            at += 8 + length_at(data, at)[0]
        return at

    def _read_table(self, at: int, count: int) -> tuple[list[TensorInfo], int]:
        tensors = []
        for _ in range(count):
            (length,) = struct.unpack_from("<Q", self._map, at)
            name = self._map[at + 8 : at + 8 + length].decode()
            at += 8 + length
            (n_dims,) = struct.unpack_from("<I", self._map, at)
            dims = struct.unpack_from(f"<{n_dims}Q", self._map, at + 4)
            kind, offset = struct.unpack_from("<IQ", self._map, at + 4 + 8 * n_dims)
            at += 4 + 8 * n_dims + 12
            tensors.append(
                TensorInfo(name, tuple(reversed(dims)), GGMLQuantizationType(kind), offset)
            )
        return tensors, at


def to_floats(raw: Bytes, kind: GGMLQuantizationType) -> Floats:
    """Stored bytes [rows, bytes per row] of a tensor as float32 [rows, columns]."""
    values: Floats = dequantize(raw, kind)
    return values


def header(base: GgufFile, numbers: Mapping[str, int], tensors: Sequence[TensorInfo]) -> bytes:
    """Everything before the data of a file with `base`'s metadata and these tensors, padded.

    The tensors lie in the given order, each aligned; `numbers` are metadata values to set.
    """
    count, pairs = base.pairs_with(numbers)
    table, offset = bytearray(), 0
    for tensor in tensors:
        name = tensor.name.encode()
        table += struct.pack("<Q", len(name)) + name + struct.pack("<I", len(tensor.shape))
        table += struct.pack(f"<{len(tensor.shape)}Q", *reversed(tensor.shape))
        table += struct.pack("<IQ", tensor.type, offset)
        offset += padded(tensor.nbytes, base.alignment)
    start = struct.pack("<4sIQQ", b"GGUF", base.version, len(tensors), count)
    block = start + pairs + bytes(table)
    return block.ljust(padded(len(block), base.alignment), b"\0")
