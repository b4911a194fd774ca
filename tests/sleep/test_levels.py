"""Levels: which are due, what each step takes over and leaves, and sixty nights of growth."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from assistant.errors import SettingsError
from sleep.consolidation import gates_of, grow
from sleep.experts import Expert
from sleep.export import export
from sleep.gguf_file import GgufFile
from sleep.lectures import Gates
from sleep.levels import (
    Level,
    Step,
    experts_after,
    memories_after,
    parse,
    rank_of,
    states,
    steps,
    students,
)
from sleep.seeding import Recipe
from tests.sleep.teaching import make_engine, random_examples, train

DEFAULT = "day 1, week 7, season 28"


def expert(name: str, level: int = 1, night: int = 1) -> Expert:
    tensors = {"m.A": torch.ones(2, 3), "m.B": torch.ones(4, 2)}
    return Expert(name, level, night, 2, 4.0, 1.0, tensors)


def due(age: int, older: list[Expert], text: str = DEFAULT, expansion: bool = True) -> list[Step]:
    found = steps(parse(text), age=age, night=age, older=older, expansion=expansion)
    return list(found)


def test_parse():
    assert parse(DEFAULT) == (Level(1, "day", 1), Level(2, "week", 7), Level(3, "season", 28))
    assert parse("night 1") == (Level(1, "night", 1),)
    assert parse(" day 1 ,two 2, four 4,eight 8")[3] == Level(4, "eight", 8)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no name and number"),
        ("day", "no name and number"),
        ("day 1,", "no name and number"),
        ("day 0", "no name and number"),
        ("day 2, week 14", "its period is 1"),
        ("day 1, week 7, season 30", "30 nights are no multiple of 7"),
        ("day 1, week 7, season 7", "no multiple"),
        ("day 1, day 7", "the same name"),
        ("day 1, we/ek 7", "no name and number"),
    ],
)
def test_levels_that_do_not_fit_are_refused(text, why):
    with pytest.raises(SettingsError, match=why):
        parse(text)


def test_an_ordinary_night_grows_one_expert():
    (step,) = due(3, [expert("day-0001"), expert("day-0002")])
    assert step == Step(1, "day-0003")
    assert gates_of(step, []) is None
    older = expert("day-0001")
    assert gates_of(step, [older]) == Gates((older,), (older,), (older,), by_prompt=True)


def test_a_week_night_takes_over_the_days_first_and_the_new_one_too():
    older = [expert(f"day-{n:04}", night=n) for n in range(1, 7)] + [expert("week-0000", 2)]
    day, week = due(7, older)
    assert day == Step(1, "day-0007")
    assert week.takes == tuple(f"day-{n:04}" for n in range(1, 8))
    with_today = experts_after(day, older, expert("day-0007"))
    assert [e.id for e in with_today] == [*(e.id for e in older), "day-0007"]
    gates = gates_of(week, with_today)
    assert gates is not None
    assert [e.id for e in gates.teacher] == [e.id for e in with_today]
    assert [e.id for e in gates.student] == [e.id for e in gates.past] == ["week-0000"]
    assert not gates.by_prompt
    left = experts_after(week, with_today, expert("week-0007", 2))
    assert [e.id for e in left] == ["week-0000", "week-0007"]


def test_a_season_night_passes_everything_down():
    older = [expert("day-0027"), expert("week-0021", 2)]
    _, week, season = due(28, older)
    assert week.takes == ("day-0027", "day-0028")
    assert season == Step(3, "season-0028", ("week-0021", "week-0028"))


def test_periods_count_nights_that_learned():
    found = steps(parse(DEFAULT), age=7, night=31, older=[expert("day-0030")], expansion=True)
    assert [step.expert for step in found] == ["day-0031", "week-0031"]


def test_one_level_only_ever_grows():
    older: list[Expert] = []
    for age in range(1, 30):
        (step,) = due(age, older, "day 1")
        older = experts_after(step, older, expert(step.expert))
    assert len(older) == 29


def test_without_expansion_the_last_expert_goes_on():
    older = [expert("day-0001"), expert("week-0000", 2)]
    (step,) = due(2, older, expansion=False)
    assert step == Step(1, "day-0002", (), "day-0001")
    assert [e.id for e in students(step, older)] == ["week-0000"]
    gates = gates_of(step, older)
    assert gates is not None
    assert gates.by_prompt
    assert [e.id for e in gates.past] == ["day-0001", "week-0000"]  # as it was born
    left = experts_after(step, older, expert("day-0002"))
    assert [e.id for e in left] == ["week-0000", "day-0002"]
    _, week = due(7, [expert("day-0006"), expert("week-0000", 2)], expansion=False)
    assert week == Step(2, "week-0007", ("day-0007",), "week-0000")


def test_memories_follow():
    day, week, season = Step(1, "d"), Step(2, "w", ("d",)), Step(3, "s", ("w",))
    held = memories_after([day], {1: {1}, 2: {9}}, [2])
    assert held == {1: {1, 2}, 2: {9}}
    assert memories_after([day, week], {1: {1}, 2: {9}}, [2]) == {1: set(), 2: {1, 2, 9}}
    found = memories_after([day, week, season], {1: {1}, 2: {9}, 3: {0}}, [2])
    assert found == {1: set(), 2: set(), 3: {0, 1, 2, 9}}


def test_states_name_every_level():
    found = states(parse("day 1"), [expert("day-0001"), expert("old", 3)], {1: {5, 2}, 3: [1]})
    assert [(s.name, s.period, len(s.experts), s.memories) for s in found] == [
        *(("day", 1, 1, (2, 5)), ("level 2", 0, 0, ()), ("level 3", 0, 1, (1,)))
    ]
    assert (found[0].experts[0].rank, found[0].experts[0].parameters) == (2, 14)


def test_slower_levels_hold_more():
    assert [rank_of(level, 16) for level in (1, 2, 3, 9)] == [16, 32, 64, 512]


def digest(one: Expert) -> str:
    parts = [one.tensors[name].numpy().tobytes() for name in sorted(one.tensors)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def layout(gguf: Path) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(t.name, t.type.name, t.shape) for t in GgufFile(gguf).tensors.values()]


def test_sixty_nights(tiny_gguf: Callable[..., Path], tmp_path, monkeypatch):
    """The served file keeps its size and its tensors for ever; what is older is never touched."""
    base = tiny_gguf("llama3", "Q8_0")
    examples = random_examples((), [(4, 3)], seed=1)
    recipe = Recipe(rank=1, alpha=2.0, depth=0.5)
    engine = make_engine(base, tmp_path, monkeypatch)
    shapes, sizes, counts = set(), set(), []
    experts: list[Expert] = []
    born: dict[str, str] = {}
    for night in range(1, 61):
        for step in steps(parse(DEFAULT), age=night, night=night, older=experts, expansion=True):
            engine = make_engine(base, tmp_path, monkeypatch, students(step, experts))
            engine.share_prefix(())
            grow(engine, step, experts, recipe)
            engine.prepare(examples)
            train(engine, examples, steps=1, rate=0.5)
            made = engine.expert(step.expert, level=step.level, night=night)
            born[made.id] = digest(made)
            experts = experts_after(step, experts, made)
        out = tmp_path / "model.gguf"
        export(base, experts, out)
        sizes.add(out.stat().st_size)
        shapes.add(str(layout(out)))
        counts.append(len(experts))
        assert all(digest(e) == born[e.id] for e in experts)
        assert {e.level for e in experts if e.night < night - night % 7} <= {2, 3}
    assert (len(sizes), len(shapes)) == (1, 1)
    assert max(counts) <= 6 + 3 + 2
    assert [e.id for e in experts] == [
        "season-0028", "season-0056", "day-0057", "day-0058", "day-0059", "day-0060",
    ]  # fmt: skip
    assert engine.logits(examples).isfinite().all()
