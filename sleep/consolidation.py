"""One consolidation: a new expert is grown, and taught what the level before it knows.

Sections 3 and 4 of the method. The older experts stay as they are, bit for bit; those that are
taken over from are open for the teacher and shut for the student, and leave when the night's exam
has passed (section 5).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.engine import Engine as Server
from sleep.anchors import Base
from sleep.bookmark import Bookmark
from sleep.curriculum import curriculum
from sleep.engines import Engine
from sleep.experts import Expert
from sleep.grading import accepted
from sleep.lectures import Gates, Lecture
from sleep.levels import Step, rank_of, students
from sleep.memory import Lesson
from sleep.objective import ANSWER_TOKENS, Voice
from sleep.prompts import Asking, Prompts
from sleep.seeding import Progress, Recipe, seed

_WRITTEN: Final = re.compile(
    r"\b(based on|according to|in) (the|this|that|your|my) (text|note|passage|memory|context)", re.I
)


@dataclass(frozen=True)
class Material:
    """What a consolidation teaches: lessons, what was never told, and what is to be kept alive."""

    lessons: Sequence[Lesson]
    unknowns: Sequence[Lesson]
    replay: Sequence[Lesson]
    in_its_words: bool = False
    """Whether the answers are as the teacher words them, where it words them rightly."""


@dataclass(frozen=True)
class Tools:
    """What every consolidation of a night works with.

    open: an engine on the base with these experts. serve: the model before the night.
    """

    open: Callable[[Sequence[Expert]], Engine]
    serve: Callable[[], Server]
    prompts: Prompts
    base: Base


def consolidate(
    step: Step,
    experts: Sequence[Expert],
    material: Material,
    tools: Tools,
    recipe: Recipe,
    *,
    night: int,
    deadline: float | None = None,
    progress: Callable[[Progress, Mapping[Lecture, str]], None] | None = None,
    bookmark: Bookmark | None = None,
) -> tuple[Expert, Progress]:
    """The new expert of a step, and how its training ended. experts: all there are before it.

    `progress` is given the lectures on facts, too, each with the text that it teaches.
    """
    gates = gates_of(step, experts)
    engine = tools.open(students(step, experts))
    engine.share_prefix(tools.prompts.prefix)
    server = tools.serve()
    try:
        lessons = material.lessons
        if material.in_its_words and step.level == 1:
            lessons = in_teachers_words(lessons, tools.prompts, server)
        lectures = curriculum(
            lessons,
            material.unknowns,
            material.replay,
            prompts=tools.prompts,
            server=server,
            base=tools.base,
            engine=engine,
            seed=recipe.seed,
            gates=gates,
            longest=recipe.length,
        )
        taught = {x: server.detokenize(x.example.answer) for x in lectures if x.kind == "fact"}
    finally:
        server.close()
    grow(engine, step, experts, recipe)
    engine.prepare([x.example for x in lectures])
    ended = seed(
        engine,
        lectures,
        recipe,
        voice=Voice((tools.prompts.end,), gates, tools.prompts.text),
        deadline=deadline,
        progress=None if progress is None else lambda done: progress(done, taught),
        bookmark=bookmark,
    )
    return engine.expert(step.expert, level=step.level, night=night), ended


def in_teachers_words(lessons: Sequence[Lesson], prompts: Prompts, server: Server) -> list[Lesson]:
    """The lessons with the answers that the model gives with the memory in its prompt.

    That is the teacher's part of the GKD mixture (dataset D of the method). An answer that misses
    the accepted words, or speaks of where it stands written, is left as it was.
    """
    notes = [lesson.source or lesson.answer for lesson in lessons]
    asked = [prompts.ids(Asking(x.question, (n,))) for x, n in zip(lessons, notes, strict=True)]
    said = map(prompts.text, server.complete_batch(asked, ANSWER_TOKENS))
    return [
        dataclasses.replace(lesson, answer=answer, source=note)
        if accepted(answer, lesson.expect) and not _WRITTEN.search(answer)
        else lesson
        for lesson, note, answer in zip(lessons, notes, said, strict=True)
    ]


def gates_of(step: Step, experts: Sequence[Expert]) -> Gates | None:
    """Who knows what in a step; None where there is nothing but the base yet."""
    if not experts:
        return None
    student = tuple(students(step, experts))
    past = tuple(expert for expert in experts if expert.id not in step.takes)
    return Gates(tuple(experts), student, past, by_prompt=step.level == 1)


def grow(engine: Engine, step: Step, experts: Sequence[Expert], recipe: Recipe) -> None:
    """The step's expert, newly born, or as the older one that it continues."""
    rank = rank_of(step.level, recipe.rank)
    scale = recipe.alpha / recipe.rank
    first = int(recipe.depth * engine.n_layers)
    engine.grow(rank=rank, alpha=scale * rank, first_layer=first, seed=recipe.seed)
    for expert in experts:
        if expert.id == step.continues:
            engine.restore(expert)
