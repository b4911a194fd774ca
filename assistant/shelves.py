"""GGUFs that are on this disk already, where other programs keep them. Read only, used in place.

Ollama keeps blobs named after their hash, and manifests that say which blob is which model (OCI
image manifests); the others keep plain files. A file that disappears meanwhile is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from assistant import system
from assistant.errors import ReverieError
from assistant.model_file import inspect
from assistant.paths import Paths

_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_SPLIT = re.compile(r"-(\d{5})-of-\d{5}\.gguf$")


@dataclass(frozen=True)
class Found:
    """A model file: what its keeper calls it, who that is, and where it lies."""

    name: str
    keeper: str
    path: Path


def scan(paths: Paths, home: Path, env: Mapping[str, str] | None = None) -> list[Found]:
    """Every GGUF that is kept somewhere known, each file once, in the order of the keepers."""
    env = os.environ if env is None else env
    found: dict[tuple[int, int], Found] = {}
    for each in _all(paths, home, env):
        try:
            there = each.path.stat()
        except OSError:
            continue  # it has disappeared, or is a link to nowhere
        found.setdefault((there.st_dev, there.st_ino), each)
    return list(found.values())


def _all(paths: Paths, home: Path, env: Mapping[str, str]) -> Iterator[Found]:
    yield from _files("reverie", [paths.models_dir])
    yield from _ollama([_variable(env, "OLLAMA_MODELS"), *_ollama_folders(home)])
    yield from _files("lm-studio", _lm_studio(home))
    yield from _hugging_face(_hub(home, env))
    yield from _files("llama.cpp", [_variable(env, "LLAMA_CACHE"), _cache(home) / "llama.cpp"])
    yield from _files("jan", _jan(home))


def _variable(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "")
    return Path(value).expanduser() if value else None


def _cache(home: Path) -> Path:
    folders = {"darwin": "Library/Caches", "win32": "AppData/Local"}
    return home / folders.get(system.platform(), ".cache")


def _ollama_folders(home: Path) -> Iterator[Path]:
    yield home / ".ollama" / "models"
    # Where its Linux service keeps them.
    yield Path("/usr/share/ollama/.ollama/models")
    yield Path("/var/lib/ollama/.ollama/models")


def _lm_studio(home: Path) -> Iterator[Path]:
    pointer = home / ".lmstudio-home-pointer"
    if pointer.is_file():
        yield Path(_text(pointer).strip()) / "models"
    yield home / ".lmstudio" / "models"
    yield home / ".cache" / "lm-studio" / "models"


def _hub(home: Path, env: Mapping[str, str]) -> Path:
    cache = _variable(env, "XDG_CACHE_HOME") or home / ".cache"
    inside = _variable(env, "HF_HOME") or cache / "huggingface"
    return _variable(env, "HF_HUB_CACHE") or inside / "hub"


def _jan(home: Path) -> Iterator[Path]:
    data = {
        "darwin": home / "Library" / "Application Support" / "Jan" / "data",
        "win32": home / "AppData" / "Roaming" / "Jan" / "data",
    }.get(system.platform(), home / ".local" / "share" / "Jan" / "data")
    yield data / "llamacpp" / "models"
    yield home / "jan" / "models"


def _files(keeper: str, folders: Iterator[Path] | list[Path | None]) -> Iterator[Found]:
    """Plain files below folders, named after their place in them."""
    for folder in folders:
        for path in _gguf_below(folder):
            assert folder is not None  # or nothing would be below it
            yield Found(str(path.relative_to(folder).with_suffix("")), keeper, path)


def _gguf_below(folder: Path | None) -> list[Path]:
    """Model files below a folder: no projectors, and of files in parts the first."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    for root, _, names in os.walk(folder):  # what cannot be read is left out
        for name in names:
            part = _SPLIT.search(name)
            first = part is None or part[1] == "00001"
            if name.endswith(".gguf") and not name.startswith("mmproj") and first:
                found.append(Path(root) / name)
    return sorted(found)


def _hugging_face(hub: Path) -> Iterator[Found]:
    """Files of the newest snapshot of each repository, which link to blobs."""
    for repository in sorted(hub.glob("models--*")):
        owner = repository.name.removeprefix("models--").replace("--", "/")
        for snapshot in sorted((repository / "snapshots").glob("*")):
            for path in _gguf_below(snapshot):
                inside = path.relative_to(snapshot).with_suffix("")
                yield Found(f"{owner}/{inside}", "hugging-face", path)


class _Layer(msgspec.Struct):
    """A blob of an image, and what it is."""

    mediaType: str
    digest: str


class _Manifest(msgspec.Struct):
    """An image manifest, as far as it matters here."""

    layers: list[_Layer] = []


def _ollama(folders: list[Path | None]) -> Iterator[Found]:
    """manifests/HOST/NAMESPACE/MODEL/TAG names the blob of each model."""
    for folder in folders:
        if folder is None:
            continue
        for file in sorted((folder / "manifests").glob("*/*/*/*")):
            namespace, model, tag = file.parts[-3:]
            name = f"{model}:{tag}" if namespace == "library" else f"{namespace}/{model}:{tag}"
            try:
                manifest = msgspec.json.decode(file.read_bytes(), type=_Manifest)
            except (OSError, msgspec.MsgspecError):
                continue  # being pulled, or removed
            for layer in manifest.layers:
                if layer.mediaType == _OLLAMA_MODEL:
                    blob = folder / "blobs" / layer.digest.replace(":", "-")
                    yield Found(name, "ollama", blob)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def appraise(found: Found) -> dict[str, Any]:
    """What `reverie models scan` says about a file; `why` says what it cannot do, None: all."""
    row: dict[str, Any] = {
        "name": found.name,
        "keeper": found.keeper,
        "path": str(found.path),
        "bytes": 0,
        "arch": None,
        "quant": None,
        "parameters": None,
        "context": None,
        "chats": False,
        "learns": False,
    }
    try:
        row["bytes"] = found.path.stat().st_size
        info = inspect(found.path)
        row["bytes"] = info.file_bytes
    except (OSError, ReverieError) as error:
        why = error.message if isinstance(error, ReverieError) else "it has just disappeared"
        return row | {"why": why}
    row |= {"arch": info.arch, "quant": info.quant, "parameters": info.n_params}
    row |= {"context": info.n_ctx_train, "chats": True, "learns": info.trainable}
    return row | {"why": f"chat only: {info.chat_only}" if info.chat_only else None}
