"""What the memory levels of a generation hold, as its manifest says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from assistant.errors import ReverieError
from assistant.generations import BASE, Generations

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class LevelState:
    """One level: its experts (id, night, rank, parameters) and the ids of its memories."""

    name: str
    period: int
    """In nights; 0: a level that the settings no longer name."""
    experts: list[dict[str, Any]]
    memories: list[int]


class _Levels(msgspec.Struct):
    """A manifest, as far as it matters here."""

    levels: list[LevelState]


def levels_of(generations: Generations, number: int) -> list[LevelState]:
    """The levels of a generation, fast to slow; the base, which no night has made, has none.

    Raises ReverieError when its manifest cannot be read.
    """
    path = generations.folder(number) / MANIFEST
    if number == BASE or not path.exists():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Levels).levels
    except (OSError, msgspec.MsgspecError) as error:
        raise ReverieError(
            f"The levels of generation {number} cannot be read: {error}",
            "'reverie models list' shows which generations are whole.",
        ) from error
