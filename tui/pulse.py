"""Awake, drowsy or asleep: what the status line of every screen says, read from the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from assistant.journal import Journal
from assistant.journal.memories import paused
from assistant.journal.mornings import unslept, waiting
from assistant.journal.nights import Night, nights
from assistant.settings import ScheduleSettings

State = Literal["awake", "drowsy", "asleep"]

NEAR: Final = timedelta(hours=1)
"""So long before the hours of sleep begin, something new makes drowsy."""

_STAGES: Final = {
    "gather": "gathering what was said",
    "recall": "recalling",
    "grow": "growing an expert",
    "seed": "learning",
    "prune": "pruning",
    "dream": "dreaming",
    "export": "writing the new model",
    "exam": "sitting the exam",
    "ease": "writing it with less of what is new",
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
    due: str = ""
    """Why it is drowsy."""

    @property
    def words(self) -> str:
        """The state in a few words."""
        if self.state == "asleep":
            doing = f": {stage_words(self.stage)}" if self.stage else ""
            return f"asleep · night {self.night} is running{doing}"
        return f"drowsy · {self.due}" if self.state == "drowsy" else "awake"


def clock() -> datetime:
    """Now, in this machine's zone."""
    return datetime.now().astimezone()


def take(journal: Journal, rules: ScheduleSettings, ended: bool = False) -> Pulse:
    """Read the pulse. `ended`: the night that was started from here has ended, whatever its pid.

    Drowsy is what the schedule calls due (`assistant.schedule.due`), and the hour before it would.
    """
    latest = nights(journal, limit=1)
    last = latest[0] if latest else None
    said = unslept(journal)
    running = last is not None and last.running and not ended
    if running and last is not None:
        stage = next((each.name for each in reversed(last.stages) if each.seconds is None), "")
        night = last.id
        return Pulse("asleep", night, stage, last.pid, said.messages, waiting(journal), last)
    drowsy = _due(journal, rules)
    state: State = "drowsy" if drowsy else "awake"
    return Pulse(state, unslept=said.messages, waiting=waiting(journal), last=last, due=drowsy)


def _due(journal: Journal, rules: ScheduleSettings) -> str:
    """What is due, in words; empty when nothing is."""
    from assistant.schedule.due import due, something_new
    from assistant.schedule.outlook import window

    if paused(journal):
        return ""
    now = clock()
    found = due(journal, rules, now)
    if found is None:
        start = window(rules).next_start(now)
        near = start - now <= NEAR and something_new(journal)
        return f"the hours of sleep begin at {start:%H:%M}" if near else ""
    if found.what == "resume":
        return f"night {found.night} was cut off and can go on"
    return f"a {found.what} is due"
