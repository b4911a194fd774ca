"""The stages grow, seed and prune: which levels are due, their new experts, and what is emptied.

Sections 2 to 5 of the method. What prune takes out is missing in the new generation only: if its
exam refuses that one, the served generation still has it all, and nothing was reset.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from assistant import base
from assistant.paths import make_private
from assistant.tokenizer import Tokenizer
from sleep import ledger
from sleep.anchors import Base
from sleep.bed import (
    Bed,
    Twin,
    age_of,
    experts_of,
    held_by,
    never_told,
    open_server,
    replayed,
    twins_of,
)
from sleep.bookmark import Bookmark
from sleep.budget import OutOfTime, for_the_morning
from sleep.consolidation import Material, Tools, consolidate
from sleep.experts import Expert, load_experts, save_experts
from sleep.export import ExportReport, export
from sleep.fitting import fitting, steps_in_time, steps_of
from sleep.lectures import Lecture
from sleep.ledger import Taken
from sleep.levels import Step, experts_after, parse, steps
from sleep.prompts import Prompts
from sleep.recipes import recipe_of, ways_of
from sleep.seeding import Progress, Recipe


class Grown(msgspec.Struct, frozen=True):
    """Grow: the generation that the night makes, and what is consolidated for it."""

    generation: int
    parent: int
    age: int
    """Which night it is in its line of generations, from 1; a nap has that of the last night."""
    steps: tuple[Step, ...]
    recipe: Recipe
    put_off: tuple[str, ...] = ()
    """Levels that were due, for which there is no time."""

    @property
    def expert(self) -> str:
        """Id of the expert that learns what was said since the last night."""
        return self.steps[0].expert

    @property
    def moved_from(self) -> tuple[int, ...]:
        """The levels that are emptied."""
        return tuple(step.level - 1 for step in self.steps if step.takes)


class Seeded(msgspec.Struct, frozen=True):
    """Seed: how the training of the last expert ended. worst: kind -> worst loss in nats.

    trained: steps that were taken in the stage's seconds, for all of tonight's experts. A night
    that was cut off and goes on does not take those again that it had taken before.
    """

    steps: int
    planned: int
    loss: float
    worst: dict[str, float]
    waiting: int = 0
    """Memories that wait for another night, because there is no time for them in this one."""
    trained: int = 0


class Pruned(msgspec.Struct, frozen=True):
    """Prune: the experts that the new generation keeps, and those whose capacity is free again."""

    kept: tuple[str, ...]
    freed: tuple[str, ...]


def grow(bed: Bed) -> Grown:
    """Plan the night."""
    method = bed.settings.method
    parent = bed.generations.current_id()
    # A nap is no night: the slower levels wait for one, and it does not bring them nearer.
    age = age_of(bed, parent) + (0 if bed.diary.nap else 1)
    due = steps(
        parse(method.levels),
        age=age,
        night=bed.diary.night,
        older=experts_of(bed, parent),
        expansion=method.expansion,
    )
    grown = Grown(
        generation=bed.generations.reserve(),
        parent=parent,
        age=age,
        steps=due[:1] if bed.diary.nap else due,
        recipe=recipe_of(bed.settings),
    )
    return grown if len(grown.steps) == 1 else _in_time(bed, grown)


def _in_time(bed: Bed, grown: Grown) -> Grown:
    """The plan without the slowest levels that there is no time for, whatever was told today."""
    there_are = steps_in_time(bed, grown.recipe)
    kept = len(grown.steps)
    while kept > 1 and steps_of(grown.recipe, _older(bed, grown)[:kept], 0) > there_are:
        kept -= 1
    left = [step.expert.rpartition("-")[0] for step in grown.steps[kept:]]
    return msgspec.structs.replace(grown, steps=grown.steps[:kept], put_off=tuple(left))


def take_on(bed: Bed, grown: Grown, waiting: Sequence[Taken]) -> list[Taken]:
    """Of the memories that wait, those that there is time for."""
    new = {memory.id for memory in ledger.take(bed.journal, ledger.NEW)}
    there_are = steps_in_time(bed, grown.recipe)
    return fitting(waiting, new, _older(bed, grown), grown.recipe, there_are)


def _older(bed: Bed, grown: Grown) -> list[int]:
    """How many lessons of older memories each of tonight's consolidations teaches."""
    held = {m.id: len(m.split("train")) for m in ledger.take(bed.journal, ["learned"])}
    older = [_faster(bed, grown, step) if step.takes else set() for step in grown.steps]
    return [sum(held.get(id_, 0) for id_ in ids) for ids in older]


def seed(
    bed: Bed, grown: Grown, twins: Sequence[Twin], taken: Sequence[Taken], waiting: int = 0
) -> Seeded:
    """Train tonight's experts, one after the other; a finished one is not trained again.

    waiting: memories that are not `taken` tonight.
    """

    trained = 0

    def show(done: Progress, taught: Mapping[Lecture, str]) -> None:
        nonlocal trained
        trained += 1
        bed.progress("seed", done.step, done.steps)
        bed.watched.step(done, taught)

    bed.progress("seed", 0, 0)
    experts = experts_of(bed, grown.parent)
    materials = [_material(bed, grown, step, twins, taken) for step in grown.steps]
    ended = Progress(0, 0, 0.0)
    tools = tools_of(bed)
    for at, step in enumerate(grown.steps):
        file = expert_file(bed, step)
        if not file.exists():
            expert, ended = consolidate(
                step,
                experts,
                materials[at],
                tools,
                grown.recipe,
                night=bed.diary.night,
                deadline=_deadline(bed, [len(m.lessons) for m in materials[at:]]),
                progress=show,
                bookmark=Bookmark(file.with_suffix(".bookmark"), grown.recipe),
            )
            save_experts(file, [expert])
        experts = experts_after(step, experts, *load_experts(file))
    return Seeded(ended.step, ended.steps, ended.loss, ended.worst, waiting, trained)


def prune(bed: Bed, grown: Grown) -> Pruned:
    """What the new generation is made of."""
    before = experts_of(bed, grown.parent)
    kept = [expert.id for expert in new_experts(bed, grown)]
    made = [step.expert for step in grown.steps]
    every = [*(expert.id for expert in before), *made]
    return Pruned(tuple(kept), tuple(id_ for id_ in every if id_ not in kept))


def new_experts(bed: Bed, grown: Grown, *, dreamt: bool = False) -> list[Expert]:
    """The experts of the new generation, tonight's newest last; as it has dreamt, if it has."""
    experts = experts_of(bed, grown.parent)
    for step in grown.steps:
        last = step is grown.steps[-1]
        file = dreamt_file(bed, step) if dreamt and last else expert_file(bed, step)
        experts = experts_after(step, experts, *load_experts(file))
    return experts


def write(bed: Bed, grown: Grown, experts: Sequence[Expert]) -> ExportReport:
    """The new generation's model file and experts."""
    file = file_of(bed, grown)
    threads = bed.settings.sleep.threads or 2
    report = export(base.locate(bed.settings), experts, file, n_threads=threads)
    save_experts(file.with_name("experts.safetensors"), experts)
    return report


def file_of(bed: Bed, grown: Grown) -> Path:
    """The new generation's model file."""
    return make_private(bed.generations.folder(grown.generation)) / "model.gguf"


def expert_file(bed: Bed, step: Step) -> Path:
    """Where a step's expert lies until the generation is written."""
    return bed.folder / f"{step.expert}.safetensors"


def dreamt_file(bed: Bed, step: Step) -> Path:
    """Where it lies once it has learned from dreams."""
    return bed.folder / f"{step.expert}.dreamt.safetensors"


def moved(bed: Bed, grown: Grown) -> set[int]:
    """Ids of the older memories that come into another level tonight."""
    held = held_by(bed, grown.parent)
    return {id_ for level in grown.moved_from for id_ in held.get(level, ())}


def tools_of(bed: Bed) -> Tools:
    """What training needs of this home."""
    from sleep.engines import TrainingFolder, open_engine
    from sleep.weights import ensure_training_weights

    untouched, threads = base.locate(bed.settings), bed.settings.sleep.threads
    weights = ensure_training_weights(untouched, bed.paths.base_dir)
    ways = ways_of(bed.settings)
    plain = TrainingFolder(weights, threads=threads, **dataclasses.asdict(ways))
    return Tools(
        open=lambda experts: open_engine(
            replace(plain, experts=tuple(experts)), bed.settings.sleep.engine
        ),
        serve=lambda: open_server(bed),
        prompts=Prompts(Tokenizer(untouched), bed.settings.chat.system),
        base=Base(untouched, bed.paths.base_dir, bed.settings.model.n_ctx, threads),
    )


def _material(
    bed: Bed,
    grown: Grown,
    step: Step,
    twins: Sequence[Twin],
    taken: Sequence[Taken],
) -> Material:
    """What a step teaches: the day, or all that the faster level has held since it was emptied."""
    tonight = {memory.id for memory in taken}
    if not step.takes:
        replay = replayed(bed, tonight) if bed.settings.method.anchors else []
        lessons = [x for memory in taken for x in memory.split("train")]
        own = bed.settings.method.teacher_words
        return Material(lessons, never_told(bed, twins, "train"), replay, own)
    older = _faster(bed, grown, step)
    every = [m for m in ledger.take(bed.journal, ["learned"]) if m.id in older] + list(taken)
    replay = replayed(bed, tonight | older) if bed.settings.method.anchors else []
    lessons = [x for memory in every for x in memory.split("train")]
    return Material(lessons, never_told(bed, twins_of(bed, older), "train"), replay)


def _faster(bed: Bed, grown: Grown, step: Step) -> set[int]:
    """Older memories that have come down to the level before this step's, by now."""
    held = held_by(bed, grown.parent)
    emptied: Collection[int] = grown.moved_from
    level, found = step.level - 1, set[int]()
    while level >= 1 and level in emptied:
        found |= held.get(level, set())
        level -= 1
    return found


def _deadline(bed: Bed, lessons: Sequence[int]) -> float:
    """By when the first of these consolidations must end, so that all have their share of time."""
    left = bed.deadline - time.monotonic()
    if left <= 0:
        raise OutOfTime("its time was up before it could learn; give it more")
    share = lessons[0] / max(1, sum(lessons)) if len(lessons) > 1 else 1.0
    return time.monotonic() + (left - for_the_morning(bed.journal, left)) * share
