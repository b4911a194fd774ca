"""Awake, drowsy or asleep: what the status line of every screen says, read from the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from assistant.journal import Journal
from assistant.journal.mornings import unslept, waiting
from assistant.journal.nights import Night, nights

State = Literal["awake", "drowsy", "asleep"]

DUE_AFTER: Final = timedelta(hours=10)
"""When something said has waited this long for a night, one is due."""

_STAGES: Final = {
    "gather": "gathering what was said",
    "recall": "recalling",
    "grow": "growing an expert",
    "seed": "learning",
    "prune": "pruning",
    "dream": "dreaming",
    "export": "writing the new model",
    "exam": "sitting the exam",
    "wake": "waking up",
}

MARKS: Final = {"awake": "●", "drowsy": "◐", "asleep": "☾"}


def stage_words(stage: str) -> str:
    """What a night does in this stage."""
    return _STAGES.get(stage, stage)


@dataclass(frozen=True)
class Pulse:
    """How it is, now."""

    state: State = "awake"
    night: int | None = None
    """The night at work."""
    stage: str = ""
    pid: int | None = None
    unslept: int = 0
    """Messages of the user that no night has read."""
    waiting: int = 0
    """Memories that are in the prompt and not in the weights."""
    last: Night | None = None

    @property
    def words(self) -> str:
        """The state in a few words."""
        if self.state == "asleep":
            doing = f": {stage_words(self.stage)}" if self.stage else ""
            return f"asleep · night {self.night} is running{doing}"
        return "drowsy · a night is due" if self.state == "drowsy" else "awake"


def take(journal: Journal, ended: bool = False) -> Pulse:
    """Read the pulse. `ended`: the night that was started from here has ended, whatever its pid."""
    latest = nights(journal, limit=1)
    last = latest[0] if latest else None
    said = unslept(journal)
    due = said.oldest is not None and _age(said.oldest) > DUE_AFTER
    running = last is not None and last.running and not ended
    if running and last is not None:
        stage = next((each.name for each in reversed(last.stages) if each.seconds is None), "")
        night = last.id
        return Pulse("asleep", night, stage, last.pid, said.messages, waiting(journal), last)
    state: State = "drowsy" if due else "awake"
    return Pulse(state, unslept=said.messages, waiting=waiting(journal), last=last)


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)
