"""What a GGUF file is: read its header, say what model it holds, refuse what cannot be used.

Only the header is read (no weights), by a small reader of our own: the `gguf` package makes a
Python object of every token and merge, which takes two seconds on a file with 49,000 tokens;
this takes about 20 ms. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.errors import ReverieError

TRAINABLE: Final = frozenset({"llama", "qwen2", "qwen3", "gemma3", "phi3"})
"""Architectures whose weights sleep can take out of a GGUF and put back. Mistral's files say
`llama`."""

# ggml tensor type -> (name, elements per block, bytes per block)
_TENSOR_TYPES: Final[dict[int, tuple[str, int, int]]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
}

# metadata value type -> struct format of a scalar
_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?"} | {
    10: "Q",
    11: "q",
    12: "d",
}
_STRING: Final = 8
_ARRAY: Final = 9

_GET_ANOTHER: Final = "Choose another file, or download this one again."

Value = str | int | float | bool | None


@dataclass(frozen=True)
class ModelInfo:
    """What a chat model's file says about itself. Token ids are None where the file has none."""

    path: Path
    arch: str
    name: str
    n_ctx_train: int
    chat_template: str
    bos_id: int | None
    eos_id: int | None
    pad_id: int | None
    n_params: int
    file_bytes: int
    quant: str
    """The tensor type that holds most of the weights, such as Q4_1."""
    parts: int = 1
    """Files that the model lies in; `path` is the first, and `n_params` are those in it."""

    @property
    def chat_only(self) -> str:
        """Why sleep cannot learn into this model (chatting works with any); empty where it can."""
        if self.arch not in TRAINABLE:
            return f"models of architecture '{self.arch}' cannot be trained"
        if self.parts > 1:
            return (
                f"it lies in {self.parts} files; llama.cpp's 'llama-gguf-split --merge' joins them"
            )
        return ""

    @property
    def trainable(self) -> bool:
        """Whether sleep can learn into this model."""
        return not self.chat_only


def inspect(path: Path) -> ModelInfo:
    """Read the header of the GGUF at `path`.

    Raises ReverieError when the file is missing, not GGUF, truncated, not a language model, or
    has no chat template (rather than falling back on a format the model was not trained with).
    """
    metadata, tensors = read_header(path)
    arch = str(metadata.get("general.architecture") or "")
    context = metadata.get(f"{arch}.context_length")
    if not arch or not isinstance(context, int):
        kind = f"architecture '{arch}'" if arch else "no architecture"
        raise ReverieError(
            f"{path.name} is a GGUF, but not a language model ({kind}, no context length)",
            hint="Choose a chat model; projector, adapter and vocabulary files are not models.",
        )
    parts = metadata.get("split.count")
    parts = parts if isinstance(parts, int) and parts > 1 else 1
    template = str(metadata.get("tokenizer.chat_template") or "")
    if not template.strip():
        raise ReverieError(
            f"{path.name} holds no chat template, so nobody can say how to talk to it",
            hint="Base models have none: choose the 'instruct' or 'chat' variant of this model.",
        )
    return ModelInfo(
        path=path,
        arch=arch,
        name=str(metadata.get("general.name") or path.stem),
        n_ctx_train=context,
        chat_template=template,
        bos_id=_token_id(metadata, "bos"),
        eos_id=_token_id(metadata, "eos"),
        pad_id=_token_id(metadata, "padding"),
        n_params=sum(tensor.elements for tensor in tensors),
        file_bytes=sum(each.stat().st_size for each in _every_part(path, parts)),
        quant=_main_type(tensors),
        parts=parts,
    )


def _every_part(path: Path, parts: int) -> list[Path]:
    """All files of a model, by the names that llama.cpp gives them; ReverieError if one is gone."""
    found = [path]
    if parts > 1:
        start = path.name.removesuffix(f"-00001-of-{parts:05}.gguf")
        found = [path.with_name(f"{start}-{n + 1:05}-of-{parts:05}.gguf") for n in range(parts)]
    for each in found:
        if not each.is_file():
            raise ReverieError(
                f"{path.name} is the first of {parts} files, and {each.name} is not beside it",
                hint="Put all of them into one folder, or give the first one.",
            )
    return found


@dataclass(frozen=True)
class _Tensor:
    """One entry of the tensor table: how many elements, of what type, where it ends."""

    elements: int
    type_name: str
    end: int


def read_header(path: Path) -> tuple[dict[str, Value], list[_Tensor]]:
    """Metadata (arrays read as None) and tensor table of the GGUF at `path`; ReverieErrors."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ReverieError(
                    f"{path.name} is not a GGUF file", hint="Reverie reads models in GGUF format."
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _parse(path, data)
    except OSError as error:
        raise ReverieError(
            f"the model file {path} cannot be read: {error.strerror or error}",
            hint="Check the path and its permissions.",
        ) from error


def _parse(path: Path, data: mmap.mmap) -> tuple[dict[str, Value], list[_Tensor]]:
    try:
        reader = _Reader(data)
        version = reader.scalar("I")
        if version not in (2, 3):
            raise ReverieError(
                f"{path.name} is GGUF version {version}; versions 2 and 3 can be read",
                hint="Convert it again with a current llama.cpp (big-endian files do not work).",
            )
        n_tensors, n_pairs = reader.scalar("Q"), reader.scalar("Q")
        metadata = {}
        for _ in range(n_pairs):
            key = reader.string()
            metadata[key] = reader.value()
        tensors = [reader.tensor() for _ in range(n_tensors)]
    except (struct.error, UnicodeDecodeError, KeyError, _OutOfFile) as error:
        raise ReverieError(
            f"the header of {path.name} is truncated or damaged", hint=_GET_ANOTHER
        ) from error
    alignment = metadata.get("general.alignment") or 32
    if not isinstance(alignment, int):
        raise ReverieError(f"the header of {path.name} is damaged", hint=_GET_ANOTHER)
    start = -(-reader.at // alignment) * alignment
    needed = start + max((tensor.end for tensor in tensors), default=0)
    if needed > len(data):
        raise ReverieError(
            f"{path.name} is truncated: {len(data):,} of at least {needed:,} bytes are there",
            hint="The download did not finish; download it again.",
        )
    return metadata, tensors


class _OutOfFile(Exception):
    """A length in the header points beyond the end of the file."""


class _Reader:
    """Reads GGUF primitives, little-endian, from a position that moves on."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 4  # behind the magic

    def scalar(self, kind: str) -> int:
        (value,) = struct.unpack_from("<" + kind, self.data, self.at)
        self.at += struct.calcsize("<" + kind)
        return value  # type: ignore[no-any-return]  # struct knows the type, mypy cannot

    def string(self) -> str:
        length = self.scalar("Q")
        self._skip(length)
        return self.data[self.at - length : self.at].decode("utf-8")

    def value(self) -> Value:
        """A metadata value; an array is skipped and read as None."""
        kind = self.scalar("I")
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.scalar(_SCALARS[kind])
        self._array()
        return None

    def _array(self) -> None:
        kind, count = self.scalar("I"), self.scalar("Q")
        if kind == _STRING:
            self._skip_strings(count)
        elif kind == _ARRAY:
            for _ in range(count):
                self._array()
        else:
            self._skip(count * struct.calcsize("<" + _SCALARS[kind]))

    def _skip_strings(self, count: int) -> None:
        """Step over `count` strings: the hot loop, a vocabulary has up to 260,000."""
        data, at, end = self.data, self.at, len(self.data)
        length_at: Callable[[mmap.mmap, int], tuple[int]] = struct.Struct("<Q").unpack_from
        for _ in range(count):
            at += 8 + length_at(data, at)[0]
            if at > end:
                raise _OutOfFile
        self.at = at

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise _OutOfFile

    def tensor(self) -> _Tensor:
        self.string()
        elements = 1
        for _ in range(self.scalar("I")):
            elements *= self.scalar("Q")
        kind, offset = self.scalar("I"), self.scalar("Q")
        name, per_block, block_bytes = _TENSOR_TYPES.get(kind, (f"type {kind}", 1, 0))
        return _Tensor(elements, name, offset + elements // per_block * block_bytes)


def _token_id(metadata: dict[str, Value], which: str) -> int | None:
    value = metadata.get(f"tokenizer.ggml.{which}_token_id")
    return value if isinstance(value, int) else None


def _main_type(tensors: list[_Tensor]) -> str:
    weight: dict[str, int] = {}
    for tensor in tensors:
        weight[tensor.type_name] = weight.get(tensor.type_name, 0) + tensor.elements
    return max(weight, key=lambda name: weight[name], default="none")
