"""manifest.json of a generation: everything that says where it comes from and how good it is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from assistant.errors import ReverieError
from assistant.levels import MANIFEST
from assistant.paths import write_atomic
from sleep.exam import Score
from sleep.files import sha256_file
from sleep.levels import LevelState
from sleep.seeding import Recipe


class Manifest(msgspec.Struct, frozen=True):
    """One generation. The GGUF can be rebuilt bit for bit from the base and the experts."""

    generation: int
    parent: int
    night: int
    base_sha256: str
    model_sha256: str
    experts_sha256: str
    age: int
    """Nights that have learned, up to this one; what the periods of levels count."""
    levels: tuple[LevelState, ...]
    """Fast to slow, from level 1."""
    recipe: Recipe
    passed: bool
    reasons: tuple[str, ...]
    exam: dict[str, Score]
    perplexity_ratio: float


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write it into the generation's folder; returns it as JSON."""
    text = msgspec.json.format(msgspec.json.encode(manifest)).decode()
    write_atomic(folder / MANIFEST, text + "\n")
    return text


def read_manifest(folder: Path) -> Manifest:
    """What a generation's folder says about it; ReverieError where that cannot be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise ReverieError(
            f"{folder / MANIFEST}, which says what a model holds, cannot be read: {error}",
            "Go back to an earlier generation with 'reverie models rollback'.",
        ) from error


def experts_sha256(folder: Path) -> str:
    """The hash of a generation's experts."""
    return sha256_file(folder / "experts.safetensors")
