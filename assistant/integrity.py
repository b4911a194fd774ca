"""Are the files of the model what was written? Every one against the hash that a night recorded.

Read only: what can be built again is built by `sleep.mend`, which also runs before every night.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from assistant.bases import file_of
from assistant.generations import BASE, MODEL_FILE, Generations
from assistant.hashes import file_sha256
from assistant.levels import MANIFEST, LevelState

if TYPE_CHECKING:
    from assistant.journal import Journal

EXPERTS_FILE: Final = "experts.safetensors"

Part = Literal["base", "model", "experts", "manifest"]


class Hashes(msgspec.Struct, frozen=True):
    """What a generation's manifest says about its files, and what its model may be rebuilt from."""

    base_sha256: str
    model_sha256: str
    experts_sha256: str
    levels: tuple[LevelState, ...] = ()
    passed: bool = True


@dataclass(frozen=True)
class Damage:
    """A file of a generation that is not what was written."""

    generation: int
    part: Part
    path: Path

    def __str__(self) -> str:
        """One sentence for a person."""
        gone = "is gone" if not self.path.is_file() else "is not what was written"
        if self.part == "base":
            return f"The base model {self.path} is not the one generation {self.generation} is of."
        return f"{self.path} {gone}."


def hashes(journal: Journal, generation: int) -> Hashes | None:
    """The recorded hashes of a generation; None when the journal has none."""
    with journal.reading() as db:
        sql = "SELECT manifest FROM generations WHERE id = ?"
        row = db.execute(sql, [generation]).fetchone()
    try:
        return None if row is None else msgspec.json.decode(row[0], type=Hashes)
    except msgspec.MsgspecError:
        return None


def damages(generations: Generations, journal: Journal, only: int | None = None) -> list[Damage]:
    """Everything wrong with the files of all generations, or of one; reads all of them."""
    chosen = [each for each in generations.list() if each.id != BASE and not each.holds_forgotten]
    hashed: dict[Path, str] = {}
    return [
        damage
        for each in chosen
        if only in (None, each.id)
        for damage in _of(generations, journal, each.id, each.status == "pruned", hashed)
    ]


def _of(
    generations: Generations, journal: Journal, number: int, pruned: bool, hashed: dict[Path, str]
) -> Iterator[Damage]:
    wanted = hashes(journal, number)
    if wanted is None:
        return
    folder = generations.folder(number)
    base_file = file_of(generations, journal, wanted.base_sha256)
    parts: list[tuple[Part, Path, str]] = [
        ("base", base_file, wanted.base_sha256),
        ("experts", folder / EXPERTS_FILE, wanted.experts_sha256),
    ]
    if not pruned:
        parts.append(("model", folder / MODEL_FILE, wanted.model_sha256))
    for part, path, expected in parts:
        if path not in hashed:
            hashed[path] = file_sha256(path) if path.is_file() else ""
        if hashed[path] != expected:
            yield Damage(number, part, path)
    if not _manifest_fits(journal, number, folder / MANIFEST):
        yield Damage(number, "manifest", folder / MANIFEST)


def manifest_text(journal: Journal, generation: int) -> str:
    """The manifest as the journal has it; what lies in the folder is its copy."""
    with journal.reading() as db:
        sql = "SELECT manifest FROM generations WHERE id = ?"
        text: str = db.execute(sql, [generation]).fetchone()[0]
    return text + "\n"


def _manifest_fits(journal: Journal, number: int, path: Path) -> bool:
    try:
        return path.read_bytes() == manifest_text(journal, number).encode()
    except OSError:
        return False
