"""What is known of a night from its events: folded into what the sleep screen shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assistant.journal import Journal
from assistant.journal.decisions import Decision, decisions
from assistant.journal.events import NightEvent, told
from assistant.journal.mornings import answers, dreams
from assistant.journal.nights import Night, nights
from assistant.paths import Paths
from assistant.schedule.outlook import next_night
from assistant.settings import ScheduleSettings


@dataclass
class NightState:
    """One night as far as it has told."""

    night: int
    seen: int = 0
    """Id of the last event."""
    progress: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Stage -> (done, of)."""
    step: tuple[int, int] = (0, 0)
    loss: list[float] = field(default_factory=list)
    reward: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    worst: dict[str, float] = field(default_factory=dict)
    learning: str = ""
    dreams: list[tuple[str, str]] = field(default_factory=list)
    """(text, state)."""
    asked: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Place in the exam -> question with its answers; the one answered last is the last."""
    budget: dict[str, Any] = field(default_factory=dict)

    def take(self, events: Sequence[NightEvent]) -> None:
        """Learn what the night has told since the last time."""
        for event in events:
            self.seen = event.id
            data = event.data
            if event.stage != "seed":
                self.learning = ""
            match event.kind:
                case "progress":
                    self.progress[event.stage] = (data["done"], data["of"])
                case "step":
                    self._step(data)
                case "learning":
                    self.learning = data["text"]
                case "dream":
                    self.dreams.append((data["text"], data.get("state", "")))
                case "question":
                    place = data.get("place", event.id)  # nights of before told none
                    self.asked.pop(place, None)
                    self.asked[place] = data
                case "budget":
                    self.budget = data
                case _:
                    pass  # told by a newer night; the screen shows what it knows

    @property
    def answered(self) -> list[dict[str, Any]]:
        """The exam's questions that the new model has answered."""
        return [each for each in self.asked.values() if each["after"] is not None]

    def _step(self, data: dict[str, Any]) -> None:
        self.step = (data["step"], data["steps"])
        self.progress["seed"] = self.step
        self.worst = data.get("worst", {})
        for name, series in (("loss", self.loss), ("reward", self.reward), ("recall", self.recall)):
            value = data.get(name)
            if value is not None:
                series.append(value)


@dataclass(frozen=True)
class Watch:
    """One look at the night: its row, its state, and what the schedule decided last."""

    night: Night | None
    state: NightState | None
    decision: Decision | None
    coming: dict[str, Any] | None
    """When the next night comes by itself, and its window (see `schedule.outlook`)."""


def look(
    journal: Journal, paths: Paths, rules: ScheduleSettings, before: NightState | None
) -> Watch:
    """The last night as it is now; `before` is what was known of it, and is added to."""
    decision = next(iter(decisions(journal, limit=1)), None)
    coming = next_night(journal, paths, rules, datetime.now().astimezone())
    latest = nights(journal, limit=1)
    if not latest:
        return Watch(None, None, decision, coming)
    night = latest[0]
    state = before if before is not None and before.night == night.id else NightState(night.id)
    state.take(told(journal, night.id, state.seen))
    if not night.running:
        _from_the_books(journal, state)
    return Watch(night, state, decision, coming)


def _from_the_books(journal: Journal, state: NightState) -> None:
    """Once a night has ended, its exam and dreams are in the journal, complete."""
    state.learning = ""
    asked = answers(journal, state.night)
    if asked:
        names = ("part", "question", "before", "after", "right")
        state.asked = {
            place: {name: getattr(each, name) for name in names} for place, each in enumerate(asked)
        }
    dreamt = dreams(journal, state.night)
    if dreamt:
        state.dreams = [(each.text, each.state) for each in dreamt]
