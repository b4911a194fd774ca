"""One arm of a comparison, learning a day at a time through the engine of the nights.

The arms that consolidate go through `sleep.levels` and `sleep.consolidation`, as a night does; the
others train what their name says with the same engine, schedule and budget.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from assistant.engine import Engine as Server
from assistant.engine import Sampling
from sleep.bench.arms import Arm
from sleep.bench.data import Day
from sleep.bench.passage import study
from sleep.consolidation import Material, Tools, consolidate, grow
from sleep.curriculum import loosely, ordinary
from sleep.dreaming.dream import Source, Topic
from sleep.dreaming.rounds import Dreamer, Plan, dream
from sleep.easing import STRENGTHS, weakened
from sleep.engines import Engine, Example
from sleep.experts import Expert
from sleep.lectures import teach
from sleep.levels import Step, experts_after, memories_after, parse, steps, students
from sleep.memory import Lesson
from sleep.objective import Voice
from sleep.prompts import Asking, Prompts
from sleep.recipes import without_anchors
from sleep.seeding import Recipe, seed
from sleep.untold import owner_told, untold

_SELF_QUESTIONS: Final = 8  # that the model asks itself on a text it has no lessons for
_WRITTEN: Final = 4  # self-edits on a text
_REPLAYED: Final = 240
_PROMPT_TOKENS: Final = 1500
_DREAMING: Final = 0.3  # share of the time, where an arm dreams
_DREAMS_FROM: Final = 24  # lessons behind the self-exam of dreaming
_ASK: Final = "Write a short question that this text answers."
_WRITE: Final = "Write down what follows from this text."


@dataclass
class Learner:
    """What an arm has learned so far. budget_s: seconds that one night may take."""

    arm: Arm
    tools: Tools
    recipe: Recipe
    budget_s: float
    surprise: Callable[[Sequence[Expert]], float]
    """Perplexity of ordinary text with these experts, relative to the base's."""
    allowed: float
    """So much of it passes the exam of a night."""
    experts: list[Expert] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    held: dict[int, set[int]] = field(default_factory=dict)
    """Level -> the days (from 0) that it holds."""

    def night(self, day: Day) -> float:
        """Learn one day; returns the seconds it took, evaluation apart."""
        started = time.monotonic()
        self.days.append(self._with_lessons(day))
        if self.arm.way == "method":
            self._consolidate(started + self.budget_s)
        elif self.arm.trains:
            self._fine_tune(started + self.budget_s)
        return time.monotonic() - started

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands in the prompt at the exam: everything, for the arm that has only that."""
        if self.arm.way != "prompt":
            return ()
        texts = [text for day in self.days for text in day.texts]
        while len(self.tools.prompts.ids(Asking("?", tuple(texts)))) > _PROMPT_TOKENS:
            del texts[0]  # what does not fit is forgotten, the oldest first
        return tuple(texts)

    def _with_lessons(self, day: Day) -> Day:
        """The day with lessons made of its texts, the same for every arm that learns from such.

        A text that the grammar can make nothing of is left to the model's own questions.
        """
        if day.lessons or self.arm.way not in ("method", "qa", "opsd"):
            return day
        made = tuple(x for text in day.texts for x in study(text) or self._asked_itself(text))
        return replace(day, lessons=made)

    def _asked_itself(self, text: str) -> list[Lesson]:
        server = self.tools.serve()
        try:
            return self_made(server, self.tools.prompts, text)
        finally:
            server.close()

    def _consolidate(self, deadline: float) -> None:
        night = len(self.days)
        method = self.arm.method
        due = steps(
            parse(method.levels),
            age=night,
            night=night,
            older=self.experts,
            expansion=method.expansion,
        )
        recipe = self._recipe()
        for at, step in enumerate(due):
            left = (1 - _DREAMING * bool(method.dreaming)) * (deadline - time.monotonic())
            expert, _ = consolidate(
                step,
                self.experts,
                self._material(step),
                self.tools,
                recipe,
                night=night,
                deadline=time.monotonic() + left / (len(due) - at),
            )
            self.experts = experts_after(step, self.experts, expert)
            self.held = memories_after([step], self.held, [night - 1])
        if method.dreaming:
            self._dream(due[-1], recipe, deadline)
        self._ease({step.expert for step in due})

    def _ease(self, tonight: Collection[str]) -> None:
        """What a night does when its exam finds that ordinary text has become too surprising."""
        whole = self.experts
        for strength in (1.0, *STRENGTHS):
            self.experts = weakened(whole, tonight, strength)
            if self.surprise(self.experts) <= self.allowed:
                return

    def _material(self, step: Step) -> Material:
        """The last day's lessons, or those of all the days that the faster level holds."""
        last = len(self.days) - 1
        taught = sorted(self.held[step.level - 1]) if step.takes else [last]
        older = [x for at, day in enumerate(self.days) if at not in taught for x in day.lessons]
        rng = random.Random(last)
        replay = rng.sample(older, min(_REPLAYED, len(older))) if self.arm.method.anchors else []
        asked = [x.question for day in self.days for x in day.lessons]
        twins = [
            x for at in taught for x in self.days[at].unknowns if not owner_told(x.question, asked)
        ]
        told = [text for day in self.days for text in day.texts]
        return Material(
            [x for at in taught for x in self.days[at].lessons],
            [*untold("train", told, asked), *twins],
            replay,
            self.arm.method.teacher_words,
        )

    def _fine_tune(self, deadline: float) -> None:
        night = len(self.days)
        step = steps(
            parse("day 1"),
            age=1,
            night=night,
            older=self.experts,
            expansion=self.arm.method.expansion,
        )[0]
        engine = self.tools.open(students(step, self.experts))
        engine.share_prefix(self.tools.prompts.prefix)
        asked, told = zip(*self._pairs(), strict=True)
        lectures = teach(engine, ["fact"] * len(asked), asked, told)
        recipe = self._recipe()
        grow(engine, step, self.experts, recipe)
        engine.prepare(asked)
        voice = Voice((self.tools.prompts.end,), text=self.tools.prompts.text)
        seed(engine, lectures, recipe, voice=voice, deadline=deadline)
        expert = engine.expert(step.expert, level=1, night=night)
        self.experts = experts_after(step, self.experts, expert)

    def _pairs(self) -> Iterator[tuple[Example, Example]]:
        """(asked, told) of the last day."""
        prompts, day = self.tools.prompts, self.days[-1]
        if self.arm.way in ("qa", "opsd"):
            for lesson in day.lessons:
                note = (lesson.source or lesson.answer,) if self.arm.way == "opsd" else ()
                asked = prompts.example(Asking(lesson.question), lesson.answer)
                yield asked, prompts.example(Asking(lesson.question, note), lesson.answer)
            return
        texts = list(day.texts)
        if self.arm.way == "seal":
            server = self.tools.serve()
            try:
                texts += [x for text in day.texts for x in self_edits(server, prompts, text)]
            finally:
                server.close()
        for text in texts:
            tokens = prompts.plain(text)
            if len(tokens) > 1:  # a self-edit may be a single one, which nothing follows
                example = prompts.answered(tokens[:1], tokens[1:])
                yield example, example

    def _dream(self, step: Step, recipe: Recipe, deadline: float) -> None:
        *older, newest = self.experts
        engine = self.tools.open(older)
        engine.share_prefix(self.tools.prompts.prefix)
        grow(engine, msgspec.structs.replace(step, continues=newest.id), [newest], recipe)
        self._dream_with(engine, older, deadline)
        dreamt = engine.expert(newest.id, level=newest.level, night=newest.night)
        self.experts = [*older, dreamt]

    def _dream_with(self, engine: Engine, older: Sequence[Expert], deadline: float) -> None:
        method, day, prompts = self.arm.method, self.days[-1], self.tools.prompts
        rng = random.Random(self.recipe.seed)
        some = rng.sample(day.lessons, min(_DREAMS_FROM, len(day.lessons)))
        dreamer = Dreamer(
            engine=engine,
            experts=older,
            prompts=prompts,
            exam=[prompts.example(Asking(loosely(x.question, rng)), x.answer) for x in some],
            ordinary=ordinary(prompts, self.tools.base)[:_DREAMS_FROM],
        )
        plan = Plan(
            rounds=method.dreaming,
            selection=method.selection,
            strength=method.random_expert,
            seed=self.recipe.seed,
        )
        dream(dreamer, list(self._topics()), plan, deadline=deadline)

    def _topics(self) -> Iterator[Topic]:
        """The day's statements or passages, each with its own questions; of no certain person."""
        about: dict[str, list[Lesson]] = {}
        for lesson in self.days[-1].lessons:
            about.setdefault(lesson.source or lesson.answer, []).append(lesson)
        for number, (text, lessons) in enumerate(about.items()):
            words = (text, *(each for x in lessons for each in (x.question, x.answer)))
            yield Topic((Source(number, text, "", words, self.experts[-1].id),))

    def _recipe(self) -> Recipe:
        method = self.arm.method
        recipe = msgspec.structs.replace(
            self.recipe,
            accepted=self.arm.accepted,
            divergence=self.arm.divergence,
            on_policy=method.on_policy,
            imitation=method.imitation,
            semantic=method.semantic,
            meaning=method.meaning,
        )
        return recipe if method.anchors else without_anchors(recipe)


def self_made(server: Server, prompts: Prompts, text: str) -> list[Lesson]:
    """Questions that the model asks about a text, answered by it with the text in its prompt."""
    asked = [prompts.ids(Asking(_ASK, (text,)))] * _SELF_QUESTIONS
    drawn = server.complete_batch(asked, 24, Sampling(temperature=0.8, max_tokens=24))
    said = {server.detokenize(ids).strip() for ids in drawn}
    questions = sorted(q for q in said if q.endswith("?") and "\n" not in q)
    answers = server.complete_batch([prompts.ids(Asking(q, (text,))) for q in questions], 24)
    return [
        Lesson(question, answer, (answer,), "direct", "train", text)
        for question, ids in zip(questions, answers, strict=True)
        if (answer := server.detokenize(ids).strip())
    ] or [Lesson(_ASK, text, (text,), "direct", "train", text)]


def self_edits(server: Server, prompts: Prompts, text: str) -> list[str]:
    """What the model writes about a text, to be trained on as text: SEAL's implications."""
    asked = [prompts.ids(Asking(_WRITE, (text,)))] * _WRITTEN
    drawn = server.complete_batch(asked, 64, Sampling(temperature=0.8, max_tokens=64))
    return [said for ids in drawn if (said := server.detokenize(ids).strip())]
