"""How much a night takes on: what there is time for. The rest stays in the prompt for another one.

A night that is given more than it can get through learns nothing of it well enough to pass. So it
takes fewer memories: what was told last waits, and what was refused before comes after what is new.
Slower levels are moved on another time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Collection, Sequence
from typing import Final

from assistant import base
from sleep import seeding
from sleep.bed import Bed
from sleep.budget import for_the_morning
from sleep.ledger import Taken
from sleep.memory_plan import Shape
from sleep.pace import step_seconds, threads_of
from sleep.seeding import Recipe

_LEAST: Final = 5
"""Memories that a night takes on whatever the time: most of its steps are the same for few."""
_TEACHER: Final = 1.2
"""What a step costs with the teacher's answers, which come before the first one."""
_NIGHTS: Final = 3


def steps_in_time(bed: Bed, recipe: Recipe) -> float:
    """Training steps that there is time for until the file is written and examined."""
    left = bed.deadline - time.monotonic()
    return (left - for_the_morning(bed.journal, left)) / _seconds_of_a_step(bed, recipe)


def fitting(
    taken: Sequence[Taken],
    new: Collection[int],
    older: Sequence[int],
    recipe: Recipe,
    steps: float,
) -> list[Taken]:
    """The memories that a night of so many training steps takes on, in their order.

    new: ids of those that no exam has refused. older: per consolidation of the night, how many
    lessons of older memories it teaches; all of them teach what is taken on.
    """
    chosen: set[int] = set()
    lessons = 0
    for memory in sorted(taken, key=lambda memory: memory.id not in new):
        lessons += len(memory.split("train"))
        if len(chosen) >= _LEAST and steps_of(recipe, older, lessons) > steps:
            break
        chosen.add(memory.id)
    return [memory for memory in taken if memory.id in chosen]


def steps_of(recipe: Recipe, older: Sequence[int], lessons: int) -> int:
    """Training steps of a night that teaches so many new lessons in each of its consolidations."""
    return sum(seeding.steps_for(recipe, count + lessons) for count in older)


def _seconds_of_a_step(bed: Bed, recipe: Recipe) -> float:
    """As in the last nights on this base; before there is one, as this machine is measured."""
    sql = (
        "SELECT seconds / json_extract(result, '$.trained') FROM stages"
        " JOIN nights ON nights.id = night_id"
        " WHERE name = 'seed' AND stages.ended NOT NULL AND json_extract(result, '$.trained') > 0"
        " AND base = (SELECT base FROM nights WHERE id = ?) ORDER BY night_id DESC LIMIT ?"
    )
    with bed.journal.reading() as db:
        known = [float(row[0]) for row in db.execute(sql, [bed.diary.night, _NIGHTS]).fetchall()]
    return statistics.median(known) if known else _measured(bed, recipe)


def _measured(bed: Bed, recipe: Recipe) -> float:
    shape = Shape.of(base.locate(bed.settings), bed.settings.model.n_ctx)
    return _TEACHER * step_seconds(shape, recipe, threads_of(bed.settings))
