"""manifest.json of a generation: everything that says where it comes from and how good it is."""

from __future__ import annotations

from pathlib import Path

import msgspec

from assistant.paths import write_atomic
from sleep.exam import Score
from sleep.files import sha256_file
from sleep.seeding import Recipe

MANIFEST = "manifest.json"


class Manifest(msgspec.Struct, frozen=True):
    """One generation. The GGUF can be rebuilt bit for bit from the base and the experts."""

    generation: int
    parent: int
    night: int
    base_sha256: str
    model_sha256: str
    experts_sha256: str
    levels: dict[str, list[str]]
    """Level -> ids of its experts."""
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


def experts_sha256(folder: Path) -> str:
    """The hash of a generation's experts."""
    return sha256_file(folder / "experts.safetensors")
