"""Tells those who watch a night what it does, through the journal, a few times a second at most."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import psutil

from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal.events import Data, settle, tell
from sleep.dreaming.dream import Dream
from sleep.exam import Item
from sleep.lectures import Lecture
from sleep.seeding import Progress

_EVERY_S: Final = 0.6  # of one kind; what comes between is left out
_BUDGET_EVERY_S: Final = 5.0
_KNOWN: Final = math.log(2)  # nats: every token of the answer is likelier than all others together


class Watched:
    """One night's events. A journal that is busy costs an event, never the night.

    deadline: the value of `clock` at which the night must be done.
    """

    def __init__(
        self,
        journal: Journal,
        night: int,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._journal = journal
        self._night = night
        self._deadline = deadline
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}
        self._answers: list[tuple[str, str, Data]] = []

    def progress(self, stage: str, done: int, of: int) -> None:
        """So much of a stage is done."""
        self.tell(stage, "progress", {"done": done, "of": of})

    def step(self, progress: Progress, answers: Mapping[Lecture, str]) -> None:
        """A step of seeding; `answers` are the fact lectures with the text that each teaches."""
        seen = [lecture for lecture in answers if lecture.drawn]
        if not seen or not self._due("seed", "step", progress.step == progress.steps):
            return
        step: Data = {
            "step": progress.step,
            "steps": progress.steps,
            "loss": progress.loss,
            "worst": progress.worst,
            "recall": sum(lecture.worst < _KNOWN for lecture in answers) / len(answers),
        }
        if progress.reward is not None:
            step["reward"] = progress.reward
        hardest = answers[max(seen, key=lambda lecture: lecture.worst)]
        self._write([("seed", "step", step), ("seed", "learning", {"text": hardest})])

    def dreams(self, dreams: Sequence[Dream]) -> None:
        """Dreams, and what became of them."""
        self._write(
            [
                ("dream", "dream", {"text": x.text, "state": x.state, "memory_ids": x.topic.ids})
                for x in dreams
            ]
        )

    def answered(self, place: int, item: Item, before: str, after: str | None) -> None:
        """A question of the exam has an answer: of the model before, or of the new one, too.

        Answers that come fast are written together.
        """
        question: Data = {
            "place": place,
            "part": item.part,
            "question": item.question,
            "before": before,
            "after": after,
            "was_right": item.right(before),
            "right": None if after is None else item.right(after),
            "memory_id": item.memory_id,
        }
        self._answers.append(("exam", "question", question))
        if self._due("exam", "question"):
            self.all_answered()

    def all_answered(self) -> None:
        """Nothing more comes for now: write down what waits."""
        answers, self._answers = self._answers, []
        self._write(answers)

    def tell(self, stage: str, kind: str, data: Data) -> None:
        """Write an event down, unless one of its kind has just been."""
        if self._due(stage, kind):
            self._write([(stage, kind, data)])

    def close(self) -> None:
        """The night has ended."""
        with suppress(ReverieError):
            settle(self._journal, self._night)

    def _due(self, stage: str, kind: str, last: bool = False) -> bool:
        now = self._clock()
        if not last and now - self._told.get((stage, kind), -math.inf) < _EVERY_S:
            return False
        self._told[stage, kind] = now
        return True

    def _write(self, happened: list[tuple[str, str, Data]]) -> None:
        if not happened:
            return
        now = self._clock()
        if now - self._told.get(("", "budget"), -math.inf) >= _BUDGET_EVERY_S:
            self._told["", "budget"] = now
            happened.append((happened[0][0], "budget", self._budget(now)))
        with suppress(ReverieError):
            tell(self._journal, self._night, happened)

    def _budget(self, now: float) -> Data:
        battery = psutil.sensors_battery()  # None on machines without one
        return {
            "seconds_left": max(0, round(self._deadline - now)),
            "memory_mb": round(psutil.Process().memory_info().rss / 1e6),
            "on_mains": None if battery is None else battery.power_plugged,
            "battery": None if battery is None else round(battery.percent),
        }
