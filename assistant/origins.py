"""What model files were made from, as they say themselves: names of repositories on the hub.

A file's nights train on the weights that its makers published if these were on the disk before the
first one (`sleep.weights`), else on what is in the file, and go on with those: what was learned was
learned on them, and the file that is served holds them, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from assistant.errors import ReverieError
from assistant.model_file import Value, read_header

if TYPE_CHECKING:
    from assistant.journal import Journal
    from assistant.paths import Paths

MANIFEST: Final = "manifest.json"
"""Beside weights for training: what they were made from, among other things."""
OWN: Final = "gguf"
"""Their source, where they are what is in the file itself; else the repository's name."""

_REPOSITORY: Final = re.compile(r"https?://huggingface\.co/([\w.-]+/[\w.-]+?)/?")


class _Manifest(msgspec.Struct):
    source: str


def repositories(metadata: Mapping[str, Value]) -> Iterator[str]:
    """Names that a file gives for what it was made from, as "owner/name"."""
    count = metadata.get("general.base_model.count")
    numbers = range(count if isinstance(count, int) else 0)
    keys = [f"general.base_model.{number}.repo_url" for number in numbers]
    for key in (*keys, "general.source.repo_url", "general.source.huggingface.repository"):
        value = str(metadata.get(key) or "")
        found = _REPOSITORY.fullmatch(value)
        name = found[1] if found else value
        if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
            yield name


def begun_without(repository: str, paths: Paths, journal: Journal) -> list[Path]:
    """Base models made from `repository` whose nights train on what is in the file itself."""
    with journal.reading() as db:
        bases = db.execute("SELECT sha256, path FROM bases ORDER BY used DESC").fetchall()
    return [
        Path(path)
        for sha256, path in bases
        if _on_its_own(paths.weights_dir(sha256)) and repository in _named_by(Path(path))
    ]


def _on_its_own(weights: Path) -> bool:
    try:
        manifest = msgspec.json.decode((weights / MANIFEST).read_bytes(), type=_Manifest)
    except (OSError, msgspec.MsgspecError):
        return False  # there are none, or the next night makes them anew
    return manifest.source == OWN


def _named_by(gguf: Path) -> list[str]:
    try:
        return list(repositories(read_header(gguf)[0]))
    except ReverieError:
        return []  # the file is gone, or another one is in its place
