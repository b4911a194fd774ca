"""What the memory levels of a generation hold, as its manifest says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def levels_of(generations: Generations, number: int) -> list[LevelState]:
    """The levels of a generation, fast to slow; the base, which no night has made, has none.

    Raises ReverieError when its manifest cannot be read.
    """
    import msgspec

    path = generations.folder(number) / MANIFEST
    if number == BASE or not path.exists():
        return []
    try:
        found = msgspec.json.decode(path.read_bytes())
        return msgspec.convert(found["levels"], list[LevelState])
    except (OSError, msgspec.MsgspecError, KeyError) as error:
        raise ReverieError(
            f"The levels of generation {number} cannot be read: {error}",
            "'reverie models list' shows which generations are whole.",
        ) from error
