"""How much a night takes on, by the time it has."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from sleep import fitting as fitting_
from sleep.diary import Diary, nothing_more
from sleep.fitting import fitting, steps_in_time, steps_of
from sleep.growing import Seeded
from sleep.ledger import Taken
from sleep.memory import Lesson
from sleep.memory_plan import Shape
from sleep.pace import step_seconds
from sleep.seeding import Recipe

RECIPE = Recipe(settling=100, passes=1.0, facts=10)
LESSONS = 20  # so a memory takes two steps


def memories(*ids: int) -> list[Taken]:
    lesson = Lesson("What is it?", "It is so.", ("so",), "direct", "train")
    exam = Lesson("Which is it?", "It is so.", ("so",), "direct", "exam")
    return [Taken(id_, f"Memory {id_}.", (lesson,) * LESSONS + (exam,) * 5, ()) for id_ in ids]


def ids(taken: list[Taken]) -> list[int]:
    return [memory.id for memory in taken]


@pytest.mark.parametrize(
    ("steps", "taken"), [(1000, 12), (124, 12), (123.9, 11), (112, 6), (110, 5), (3, 5), (-9, 5)]
)
def test_as_many_as_there_is_time_for_the_oldest_first(steps, taken):
    waiting = memories(*range(1, 13))
    found = fitting(waiting, range(1, 13), [0], RECIPE, steps)
    assert ids(found) == list(range(1, taken + 1))


def test_what_was_refused_comes_after_what_is_new():
    waiting = memories(*range(1, 13))
    assert ids(fitting(waiting, {3, 8, 9, 10, 11}, [0], RECIPE, 114)) == [1, 2, 3, 8, 9, 10, 11]


def test_slower_levels_take_their_time_too():
    waiting = memories(*range(1, 13))
    older = [0, 300]
    assert steps_of(RECIPE, older, 12 * LESSONS) == (100 + 24) + (100 + 30 + 24)
    assert len(fitting(waiting, (), older, RECIPE, 278)) == 12
    assert len(fitting(waiting, (), older, RECIPE, 277)) == 11


@dataclass
class Bed:
    """What is looked up of a night's."""

    journal: Any
    diary: Diary
    deadline: float
    settings: Any = field(default_factory=lambda: SimpleNamespace())


@pytest.fixture
def bed(journal, monkeypatch) -> Bed:
    """A night on one base that has a thousand seconds; a step was measured as two."""
    monkeypatch.setattr(fitting_, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(fitting_, "for_the_morning", lambda journal, left: 0.25 * left)
    monkeypatch.setattr(fitting_, "_measured", lambda bed, recipe: 2.0)
    return Bed(journal, begun(journal, "ours"), 1000.0)


def begun(journal, base: str) -> Diary:
    return Diary.begin(journal, "{}", lambda stage, text: None, base=base)


def slept(journal, base: str, *, seconds: float, steps: int, before: int = 0) -> None:
    """A night whose seeding took so long; steps: of its last expert, `before`: of the others."""
    diary = begun(journal, base)
    seeded = Seeded(steps=steps, planned=steps, loss=0.1, worst={}, trained=before + steps)
    diary.stage("seed", Seeded, lambda: (seeded, nothing_more))
    with journal.writing() as db:
        db.execute("UPDATE stages SET seconds = ? WHERE night_id = ?", [seconds, diary.night])


def test_the_first_night_goes_by_what_was_measured(bed):
    assert steps_in_time(bed, RECIPE) == pytest.approx(750 / 2)


def test_later_ones_by_the_last_nights_on_this_base(journal, bed):
    for seconds in (900, 400, 100, 300):
        slept(journal, "ours", seconds=seconds, steps=100)
    slept(journal, "other", seconds=5000, steps=100)
    slept(journal, "ours", seconds=50, steps=0)
    bed.diary = begun(journal, "ours")
    assert steps_in_time(bed, RECIPE) == pytest.approx(750 / 3)


def test_all_that_was_trained_counts(journal, bed):
    """Of two levels, the first one's steps took their time, too."""
    slept(journal, "ours", seconds=700, steps=150, before=200)
    bed.diary = begun(journal, "ours")
    assert steps_in_time(bed, RECIPE) == pytest.approx(750 / 2)


def test_when_time_is_up_there_are_none(bed):
    bed.deadline = -1.0
    assert steps_in_time(bed, RECIPE) <= 0


def test_measuring_leaves_training_as_it_was(tiny_gguf):
    """The number of threads, and the random numbers that a night draws."""
    several = torch.get_num_threads()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    assert step_seconds(Shape.of(tiny_gguf("llama", "Q8_0"), 512), RECIPE, 1) > 0
    assert torch.get_num_threads() == several
    assert torch.equal(torch.get_rng_state(), before)
