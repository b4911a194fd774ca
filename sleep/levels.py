"""Memory levels: which one takes over from which tonight, and what each of them holds.

Section 2 of the method (*Language Models Need Sleep*, arXiv 2606.03979; the continuum memory system
of Nested Learning, arXiv 2512.24695). Level 0 is the context; level k >= 1 is a set of experts with
a period in nights that divides the next slower one's. On night n every level whose period divides n
takes over the memory of the level before it, fast to slow, before that one is emptied. Nights are
counted along the line of generations: a night that was refused, or had nothing to learn, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import msgspec

from assistant.errors import SettingsError
from sleep.experts import Expert

_LEVEL: Final = re.compile(r"\s*([a-z]+)\s+([1-9][0-9]*)\s*")
_LARGEST_RANK: Final = 512


@dataclass(frozen=True)
class Level:
    """One level: `number` 1 is the fastest, `period` is in nights."""

    number: int
    name: str
    period: int


class Step(msgspec.Struct, frozen=True):
    """One consolidation: a new expert of `level` takes over the memory of the level before it."""

    level: int
    expert: str
    """Id of the new expert."""
    takes: tuple[str, ...] = ()
    """Experts of the faster level that know it, and are emptied; () where it is the context."""
    continues: str = ""
    """An older expert of this level that is trained further instead of growing a new one."""


class Held(msgspec.Struct, frozen=True):
    """One expert of a generation. parameters: how many numbers it has."""

    id: str
    night: int
    rank: int
    parameters: int


class LevelState(msgspec.Struct, frozen=True):
    """One level of a generation: its experts, and the memories (ids) it holds."""

    name: str
    period: int
    experts: tuple[Held, ...]
    memories: tuple[int, ...]


def parse(text: str) -> tuple[Level, ...]:
    """Levels from "day 1, week 7, season 28", fast to slow; SettingsError where they do not fit."""
    levels = []
    for number, part in enumerate(text.split(","), start=1):
        found = _LEVEL.fullmatch(part)
        if found is None:
            raise _wrong(text, f"'{part.strip()}' is no name and number")
        levels.append(Level(number, found[1], int(found[2])))
    if levels[0].period != 1:
        raise _wrong(text, "the first level takes over every night, so its period is 1")
    for fast, slow in pairwise(levels):
        if slow.period % fast.period or slow.period == fast.period:
            raise _wrong(text, f"{slow.period} nights are no multiple of {fast.period}")
    if len({level.name for level in levels}) < len(levels):
        raise _wrong(text, "two levels have the same name")
    return tuple(levels)


def _wrong(text: str, why: str) -> SettingsError:
    return SettingsError(
        f"method.levels is '{text}', but {why}", "Write it like 'day 1, week 7, season 28'."
    )


def rank_of(level: int, first: int) -> int:
    """The rank of a level's experts: a slower level holds more, so each has twice the last one's.

    first: the rank at level 1.
    """
    return min(_LARGEST_RANK, first << (level - 1))


def steps(
    levels: Sequence[Level], *, age: int, night: int, older: Sequence[Expert], expansion: bool
) -> tuple[Step, ...]:
    """What is due on the `age`-th night of a line of generations, fast to slow.

    night: the number that names the new experts. older: the experts so far. Without `expansion`
    the newest expert of a level goes on learning (an ablation; nothing is kept from being changed).
    """
    found: list[Step] = []
    at: dict[int, list[str]] = {}
    for expert in older:
        at.setdefault(expert.level, []).append(expert.id)
    for level in levels:
        if age % level.period:
            continue
        takes = tuple(at.get(level.number - 1, ()))
        own = at.setdefault(level.number, [])
        continues = own.pop() if own and not expansion else ""
        step = Step(level.number, f"{level.name}-{night:04}", takes, continues)
        at[level.number - 1] = []
        own.append(step.expert)
        found.append(step)
    return tuple(found)


def students(step: Step, experts: Sequence[Expert]) -> list[Expert]:
    """Those that are open for its student: without the memory that it is to take over."""
    shut = {*step.takes, step.continues}
    return [expert for expert in experts if expert.id not in shut]


def experts_after(step: Step, experts: Sequence[Expert], new: Expert) -> list[Expert]:
    """The experts of the model that a step leaves: the faster level is empty."""
    return [*students(step, experts), new]


def memories_after(
    done: Sequence[Step], before: Mapping[int, Iterable[int]], learned: Iterable[int]
) -> dict[int, set[int]]:
    """Level -> ids of the memories it holds after these steps; `learned` are tonight's."""
    held = {level: set(ids) for level, ids in before.items()}
    fresh = set(learned)
    for step in done:
        level = held.setdefault(step.level, set())
        level |= fresh if step.level == 1 else held.get(step.level - 1, set())
        if step.level > 1:
            held[step.level - 1] = set()
    return held


def states(
    levels: Sequence[Level], experts: Sequence[Expert], memories: Mapping[int, Iterable[int]]
) -> tuple[LevelState, ...]:
    """What a manifest says about every level, also about one that the settings no longer name."""
    named = {level.number: level for level in levels}
    last = max([*named, *(expert.level for expert in experts)])
    return tuple(
        LevelState(
            name=named[number].name if number in named else f"level {number}",
            period=named[number].period if number in named else 0,
            experts=tuple(_held(expert) for expert in experts if expert.level == number),
            memories=tuple(sorted(memories.get(number, ()))),
        )
        for number in range(1, last + 1)
    )


def _held(expert: Expert) -> Held:
    count = sum(tensor.numel() for tensor in expert.tensors.values())
    return Held(expert.id, expert.night, expert.rank, count)
