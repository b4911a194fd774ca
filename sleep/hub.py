"""A model's weights as its makers published them, where the user has them on disk already.

Looked for where `reverie models pull --weights` puts them, and in the cache of the hub's library
(docs: huggingface_hub, "Manage the cache"); never fetched here. A GGUF names what it was made from
(`general.base_model.*`); a fine-tune names what it was tuned from, so a name proves nothing:
weights count as the file's own only if quantizing sampled rows of them gives the bytes that are in
the file. Files made with an importance matrix cannot be recognised that way; their weights are
taken out of the file itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from safetensors import SafetensorError, safe_open

from assistant.origins import repositories
from assistant.paths import Paths
from sleep.gguf_file import Bytes, GgufFile
from sleep.gguf_map import TensorMap
from sleep.grid import sample_rows
from sleep.quantize import FLOAT_KINDS, quantize

_SAME: Final = 0.97  # share of bytes: processors differ in the last bit of a sum
_TRIED: Final = 8  # tensors


@dataclass(frozen=True)
class Published:
    """Weights in the hub's cache: parameter -> the safetensors file that holds it."""

    repository: str
    files: dict[str, Path]


def published(model: GgufFile, names: TensorMap, parameters: Mapping[str, str]) -> Published | None:
    """The published weights of `model`, if they are here. parameters: parameter -> tensor."""
    for repository in repositories(model.metadata):
        cached = cache() / f"models--{repository.replace('/', '--')}" / "snapshots"
        pulled = Paths.resolve().pulled_dir(repository)
        for snapshot in (pulled, *sorted(cached.glob("*"))):
            try:
                files = _files(snapshot)
                if all(name in files for name in parameters) and _same(
                    model, names, parameters, files
                ):
                    return Published(repository, {name: files[name] for name in parameters})
            except (OSError, SafetensorError, ValueError):
                continue  # half a download, or not safetensors at all
    return None


def cache() -> Path:
    """Where the hub's library keeps what was downloaded."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if named:
        return Path(named).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("HF_HOME", f"{shared}/huggingface")).expanduser() / "hub"


def _files(snapshot: Path) -> dict[str, Path]:
    """Parameter -> file, of a folder with one file of weights or with several."""
    found: dict[str, Path] = {}
    for path in sorted(snapshot.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            found |= dict.fromkeys(file.keys(), path)
    return found


def _same(
    model: GgufFile, names: TensorMap, parameters: Mapping[str, str], files: Mapping[str, Path]
) -> bool:
    """Whether these weights, stored as the file stores them, are what is in the file."""
    for parameter, tensor in parameters.items():
        with safe_open(files[parameter], framework="pt") as file:
            if tuple(file.get_slice(parameter).get_shape()) != model.tensors[tensor].shape:
                return False
    return all(
        _alike(model, names, tensor, parameter, files[parameter])
        for parameter, tensor in _spread(parameters.items())
    )


def _spread(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Linear modules of all depths, and every kind of vector: training changes either."""
    every = sorted(items)
    matrices = [pair for pair in every if pair[0].endswith("_proj.weight")]
    vectors = [pair for pair in every if "norm" in pair[0] or pair[0].endswith(".bias")]
    step = max(1, len(matrices) // _TRIED)
    return [*matrices[::step], *vectors]


def _alike(model: GgufFile, names: TensorMap, tensor: str, parameter: str, path: Path) -> bool:
    info = model.tensors[tensor]
    with safe_open(path, framework="pt") as file:
        values = file.get_tensor(parameter).float().numpy()
    if len(info.shape) == 1:
        stored = names.to_model(tensor, model.floats(tensor).reshape(info.shape))
        return bool(np.allclose(stored, values, rtol=0, atol=1e-6))
    rows = sample_rows(info)
    wanted = np.ascontiguousarray(names.to_gguf_rows(tensor, values)[rows])
    if info.type in FLOAT_KINDS:
        return bool(np.allclose(model.floats(tensor, rows), wanted, rtol=2**-8, atol=2**-24))
    found: Bytes = np.ascontiguousarray(model.raw(tensor)[rows])
    return float((quantize(wanted, info.type) == found).mean()) >= _SAME
