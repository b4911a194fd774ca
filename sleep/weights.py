"""The base model's weights, taken out of its GGUF once so that they can be trained.

Makes a folder that `AutoModelForCausalLM.from_pretrained(folder)` loads: config.json,
model.safetensors and a manifest with the hashes of both. No tokenizer: text is tokenized by
llama.cpp from the GGUF itself, so that training and serving see the same ids. Where the weights
that the file was made from are on disk already (`sleep.hub`), the folder links to those; its
configuration is the GGUF's own in any case. Published weights that come later are not taken up:
what was learned until then was learned on the file's own, and those are served.

Weights are float32 for models of up to a billion parameters and bfloat16 above (where float32
would not fit into the memory of the machines that run them).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from safetensors import safe_open
from torch import Tensor

from assistant.errors import ReverieError
from assistant.origins import MANIFEST, OWN
from sleep.files import replacing, require_space, sha256_file, sync_folder
from sleep.gguf_file import Floats, GgufFile
from sleep.gguf_map import ROPE_TENSORS, TensorMap, tensor_map
from sleep.hub import Published, published
from sleep.model_config import model_config

_FORMAT: Final = 1
"""Raised whenever the conversion changes, so that older folders are made again."""

_FLOAT32_UP_TO: Final = 1_000_000_000
"""Parameters."""

WEIGHTS: Final = "model.safetensors"
_INDEX: Final = "model.safetensors.index.json"
_CONFIG: Final = "config.json"


def stored(folder: Path, parameter: str) -> Tensor:
    """One parameter of a folder's weights, as it is stored."""
    file = folder / WEIGHTS
    if not file.exists():
        file = folder / json.loads((folder / _INDEX).read_bytes())["weight_map"][parameter]
    with safe_open(file, framework="pt") as opened:
        tensor: Tensor = opened.get_tensor(parameter)
    return tensor


class Manifest(msgspec.Struct, frozen=True):
    """What a folder was made from, and the SHA-256 of its files."""

    format: int
    gguf_sha256: str
    files: dict[str, str]
    source: str = OWN
    """`OWN`, or the repository whose published weights these are."""


def ensure_training_weights(gguf: Path, cache_dir: Path) -> Path:
    """The folder with the weights of `gguf`, converted now if it is not there or damaged.

    It is named after the hash of the GGUF. Raises ReverieError when the file cannot be read, its
    architecture cannot be trained, or the disk is full.
    """
    source_hash = sha256_file(gguf)
    folder = cache_dir / f"weights-{source_hash[:16]}"
    if _intact(folder, source_hash):
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = cache_dir / f".{folder.name}.partial"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    try:
        _make(GgufFile(gguf), unfinished, source_hash)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
        sync_folder(cache_dir)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _intact(folder: Path, source_hash: str) -> bool:
    """Whether `folder` holds what its manifest says, made by this version from this file."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        found = {name: sha256_file(folder / name) for name in manifest.files}
    except (OSError, msgspec.DecodeError):
        return False
    return manifest == Manifest(_FORMAT, source_hash, found, manifest.source) and _CONFIG in found


def _make(model: GgufFile, folder: Path, source_hash: str) -> None:
    config = model_config(model)
    names = tensor_map(model)
    entries = list(_entries(model, names))
    found = published(model, names, {entry.parameter: entry.tensor for entry in entries})
    wide = sum(tensor.elements for tensor in model.tensors.values()) <= _FLOAT32_UP_TO
    config |= {"dtype": "float32" if wide else "bfloat16"}
    with replacing(folder / _CONFIG, "the model's settings") as file:
        file.write(json.dumps(config, indent=2, sort_keys=True).encode())
    if found is None:
        _convert(model, names, entries, folder, wide)
    else:
        _link(found, folder)
    files = {path.name: sha256_file(path) for path in sorted(folder.iterdir())}
    source = OWN if found is None else found.repository
    with replacing(folder / MANIFEST, "the manifest of the weights") as file:
        file.write(msgspec.json.encode(Manifest(_FORMAT, source_hash, files, source)))


def _convert(
    model: GgufFile, names: TensorMap, entries: list[_Entry], folder: Path, wide: bool
) -> None:
    width = 4 if wide else 2
    total = width * sum(model.tensors[entry.tensor].elements for entry in entries)
    require_space(folder, total, "the weights that training needs")
    with replacing(folder / WEIGHTS, "the weights that training needs") as file:
        file.write(_safetensors_header(model, entries, wide))
        for entry in entries:
            values = model.floats(entry.tensor).reshape(model.tensors[entry.tensor].shape)
            values = names.to_model(entry.tensor, values)
            file.write(_stored(values, wide))


def _link(found: Published, folder: Path) -> None:
    """Published weights under their own names, where they lie; several files get an index."""
    for path in set(found.files.values()):
        (folder / path.name).symlink_to(path.absolute())
    if not (folder / WEIGHTS).exists():
        placed = {name: path.name for name, path in found.files.items()}
        with replacing(folder / _INDEX, "the index of the weights") as file:
            file.write(json.dumps({"metadata": {}, "weight_map": placed}).encode())


@dataclass(frozen=True)
class _Entry:
    """A tensor of the GGUF and the parameter that it becomes."""

    tensor: str
    parameter: str


def _entries(model: GgufFile, names: TensorMap) -> Iterator[_Entry]:
    for tensor in model.tensors:
        parameter = names.module(tensor)
        if parameter:
            yield _Entry(tensor, parameter)
        elif tensor not in ROPE_TENSORS:
            raise ReverieError(
                f"{model.path.name} holds a tensor '{tensor}' that the trainable model does not "
                "have, so it can be chatted with but not trained",
                hint="Choose a plain instruct model of the same family.",
            )


def _safetensors_header(model: GgufFile, entries: list[_Entry], wide: bool) -> bytes:
    """Written by hand because the library can only save what is in memory all at once."""
    table: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for entry in entries:
        tensor = model.tensors[entry.tensor]
        end = offset + tensor.elements * (4 if wide else 2)
        table[entry.parameter] = {
            "dtype": "F32" if wide else "BF16",
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(table, separators=(",", ":")).encode()
    text = text.ljust(-(-len(text) // 8) * 8)
    return len(text).to_bytes(8, "little") + text


def _stored(values: Floats, wide: bool) -> bytes:
    """Values as float32, or as bfloat16 rounded to the nearest even."""
    if wide:
        return np.ascontiguousarray(values, np.float32).tobytes()
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return rounded.astype(np.uint16).tobytes()
