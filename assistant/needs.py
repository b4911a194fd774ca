"""What a model needs of this machine: to be chatted with, and to sleep.

Sizes on disk follow from the model, and so does what chatting takes. How much memory a night takes
is known to the night alone (`sleep.memory_plan`): it is asked, in a process of its own, so that
what is said here is what the night will say.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from assistant import night_process, system
from assistant.errors import ReverieError
from assistant.model_file import ModelInfo

WIDE_UP_TO: Final = 1_000_000_000
"""Parameters up to which the weights of a night are float32 on disk; above, bfloat16."""
_CHAT_WORKING: Final = 400_000_000
_GROWTH: Final = 1.15
"""A generation's file may be so much larger than the base (see `sleep.export`)."""
_ASKING_S: Final = 60.0


@dataclass(frozen=True)
class Needs:
    """Bytes of memory and of disk."""

    memory: int
    disk: int


class NightMemory(msgspec.Struct, frozen=True):
    """Bytes that a night takes, and that there are; of a GPU where nights run on one."""

    usual: int
    """As it trains when nothing else uses the memory."""
    least: int
    """As it trains when memory is scarce: slower, and the same is learned."""
    there: int
    gpu: bool
    offer: str
    """What would fit, where it does not; empty where it does."""

    @property
    def where(self) -> str:
        """Whose memory it is, in words."""
        return "GPU memory" if self.gpu else "memory"


class CannotSleep(ReverieError):
    """The model can be chatted with, but not trained; the message says why."""


class NightAnswer(msgspec.Struct, frozen=True):
    """What `python -m sleep needs` says: one of the two."""

    memory: NightMemory | None = None
    cannot: str = ""
    """Why the model cannot sleep."""


def chat_needs(info: ModelInfo) -> Needs:
    """To be chatted with: the file, mapped, and a context."""
    return Needs(info.file_bytes + _CHAT_WORKING, 0)


def night_disk(info: ModelInfo, *, converted: bool = False) -> int:
    """Bytes of disk that a night needs; `converted`: its weights for training are there already."""
    weights = info.n_params * (4 if info.n_params <= WIDE_UP_TO else 2)
    return int(info.file_bytes * _GROWTH) + (0 if converted else weights)


def night_memory(gguf: Path) -> NightMemory:
    """What a night with this model takes under the present settings, in the night's own words.

    Takes some seconds: torch is loaded, in the other process. Raises CannotSleep when the model
    cannot be trained, ReverieError when the process does not answer.
    """
    ran = system.run(*night_process.command(["needs", str(gguf)]), seconds=_ASKING_S)
    try:
        found = msgspec.json.decode(ran.out, type=NightAnswer)
    except msgspec.MsgspecError as error:
        said = ran.err.strip().splitlines()
        raise ReverieError(
            f"what a night needs could not be found out: {said[-1] if said else 'no answer'}",
            "'reverie doctor' says whether all that a night loads is there.",
        ) from error
    if found.memory is None:
        raise CannotSleep(found.cannot)
    return found.memory
