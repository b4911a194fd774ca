"""SHA-256 of files, and of large ones that stay the same without reading them again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from assistant.paths import Paths, make_private, write_atomic


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_sha256(path: Path, paths: Paths) -> str:
    """The SHA-256 of a model file; read only when size or time of the file have changed.

    A model of several gigabytes takes seconds to read, and is asked about at every start.
    """
    cache = paths.cache_dir / "model-hashes.json"
    found = path.stat()
    key = [str(path), found.st_size, found.st_mtime_ns]
    kept = _read(cache)
    for *entry, digest in kept:
        if entry == key:
            return str(digest)
    digest = file_sha256(path)
    make_private(paths.cache_dir)
    others = [entry for entry in kept if entry[0] != str(path)]
    write_atomic(cache, msgspec.json.encode([*others, [*key, digest]]).decode())
    return digest


def _read(cache: Path) -> list[list[str | int]]:
    try:
        return msgspec.json.decode(cache.read_bytes(), type=list[list[str | int]])
    except (OSError, msgspec.MsgspecError):
        return []  # it is made again
