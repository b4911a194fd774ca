"""Benchmarks on a tiny model: arms that differ in one thing, nights that resume, tables."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from assistant.errors import UsageError_
from assistant.settings import ModelSettings, Settings, SleepSettings
from sleep import witness
from sleep.bench import data, runs, tables
from sleep.bench.arms import ARMS, Arm
from sleep.bench.data import Day
from sleep.bench.histories import history
from sleep.bench.learner import Learner
from sleep.bench.runs import Night, Plan, plan, read, run, spread
from sleep.bench.sitting import Marked, Sitting
from sleep.consolidation import Tools
from sleep.experts import Expert, load_experts
from sleep.seeding import Recipe
from sleep.witness import Summons
from tests.sleep.night.helpers import shorten

DAYS = tuple(dataclasses.replace(day, lessons=day.lessons[:6]) for day in data.life(3, 2))
SETTINGS = Settings(
    model=ModelSettings(n_ctx=1024), sleep=SleepSettings(threads=1, rank=2, minutes=1.0)
)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps a night, and an exam that nobody opens a model for."""
    shorten(monkeypatch.setattr)

    def hear(summons: Summons) -> witness.Testimony:
        asked = [question.messages[-1][1] for question in summons.questions]
        return witness.Testimony(tuple(f"It is {text[-5:-1]}." for text in asked), 1.5)

    monkeypatch.setattr("sleep.bench.sitting.hear", hear)


def life(days: int = 2) -> Plan:
    return Plan("lifelong", DAYS[:days], fresh=False, minutes=5.0)


def test_every_ablation_takes_away_one_thing():
    full = msgspec.to_builtins(ARMS["full"].method)
    for name, arm in ARMS.items():
        if name.startswith(("no-", "norm-")):
            own = msgspec.to_builtins(arm.method)
            changed = [key for key in full if own[key] != full[key]]
            assert len(changed) == 1, name
            assert (arm.way, arm.accepted, arm.divergence) == ("method", 0.5, "forward_kl")
    off = {"expansion", "on_policy", "imitation", "semantic", "dreaming", "selection"}
    assert off | {"random_expert", "anchors", "levels"} == {
        key
        for name, arm in ARMS.items()
        if name.startswith("no-")
        for key in full
        if msgspec.to_builtins(arm.method)[key] != full[key]
    }


def test_the_default_arm_is_the_default_night():
    assert ARMS["default"].method == Settings().method


@pytest.mark.parametrize(
    ("arm", "experts"),
    [
        ("untouched", []),
        ("prompt", []),
        ("raw", ["day-0002"]),
        ("qa", ["day-0002"]),
        ("seal", ["day-0001", "day-0002"]),
        ("opsd", ["day-0001", "day-0002"]),
        ("default", ["day-0001", "day-0002"]),
        ("full", ["day-0001", "day-0002"]),
        ("no-expansion", ["day-0002"]),
    ],
)
def test_arms(arm, experts, tiny_gguf: Callable[..., Path], tmp_path):
    nights = run(life(), [ARMS[arm]], tiny_gguf("llama", "Q8_0"), SETTINGS, tmp_path)
    assert [(night.arm, night.night) for night in nights] == [(arm, 1), (arm, 2)]
    found = load_experts(tmp_path / arm / "experts.safetensors")
    assert [expert.id for expert in found] == experts
    assert all(any(t.any() for n, t in e.tensors.items() if n.endswith(".B")) for e in found)
    assert nights[1].experts == len(experts)
    last = nights[1].sitting
    assert last is not None
    assert [day.day for day in last.days] == ["night 1", "night 2"]
    assert [len(day.exact) for day in last.days] == [len(day.asks) for day in DAYS[:2]]


def test_arms_that_learn_from_questions_get_the_same_ones_of_a_passage(tiny_gguf, tmp_path):
    passage = data.Day("T", ("The bridge was built by Marta Holm in 1874.",), (), (), ())
    plan_ = Plan("knowledge-one", (passage,), fresh=True, minutes=5.0)
    arms = [ARMS[name] for name in ("qa", "opsd", "default", "raw")]
    run(plan_, arms, tiny_gguf("llama", "Q8_0"), SETTINGS, tmp_path)
    learned = {}
    for arm in arms:
        state = msgspec.json.decode((tmp_path / arm.name / "state.json").read_bytes())
        learned[arm.name] = [lesson["question"] for lesson in state["days"][0]["lessons"]]
    assert "Who built the bridge in 1874?" in learned["qa"]
    assert learned["qa"] == learned["opsd"] == learned["default"]
    assert learned["raw"] == []


def test_arms_train_for_their_time_or_for_so_many_passes(tiny_gguf, tmp_path, monkeypatch):
    seen: list[float] = []

    def learner(arm: Arm, tools: Tools, recipe: Recipe, *more: Any) -> Learner:
        seen.append(recipe.passes)
        return Learner(arm, tools, recipe, *more)

    monkeypatch.setattr(runs, "Learner", learner)
    for folder, plan_ in (("a", life(1)), ("b", dataclasses.replace(life(1), passes=0.5))):
        run(plan_, [ARMS["untouched"]], tiny_gguf("llama", "Q8_0"), SETTINGS, tmp_path / folder)
    assert seen[0] > 100 * seen[1] == 50


def test_a_night_that_spoils_ordinary_text_is_eased(tiny_gguf, tmp_path, monkeypatch):
    """Tonight's expert alone, until the text passes or it has the least strength that is tried."""

    def learned(folder: str, arm: str, *ratios: float) -> list[Expert]:
        said = iter(ratios)
        monkeypatch.setattr(runs, "surprise", lambda *_, **__: next(said))
        run(life(), [ARMS[arm]], tiny_gguf("llama", "Q8_0"), SETTINGS, tmp_path / folder)
        assert list(said) == []
        return load_experts(tmp_path / folder / arm / "experts.safetensors")

    whole = learned("whole", "default", 1.05, 1.05)
    eased = learned("eased", "default", 1.05, 1.06, 1.04)
    least = learned("least", "default", 1.05, 1.06, 1.06, 1.06)
    for module in whole[0].modules:
        assert eased[0].delta(module).equal(whole[0].delta(module))
        torch.testing.assert_close(eased[1].delta(module), 0.9 * whole[1].delta(module))
        torch.testing.assert_close(least[1].delta(module), 0.8 * whole[1].delta(module))
    learned("others", "qa")  # are not: that is the method's


def test_a_run_goes_on_where_it_was_cut_off(tiny_gguf, tmp_path, monkeypatch):
    base = tiny_gguf("llama", "Q8_0")
    run(life(3), [ARMS["qa"]], base, SETTINGS, tmp_path / "whole")
    part = tmp_path / "part"
    run(life(1), [ARMS["qa"]], base, SETTINGS, part)
    with (part / "nights.jsonl").open("ab") as file:
        file.write(b'{"arm": "qa", "night": 2')  # cut off in the middle of a line
    assert len(read(part)) == 1
    run(life(3), [ARMS["qa"]], base, SETTINGS, part)
    assert [night.night for night in read(part)] == [1, 2, 3]
    whole = tmp_path / "whole"
    one, other = (load_experts(x / "qa" / "experts.safetensors")[0] for x in (part, whole))
    assert one.id == other.id
    assert all(t.equal(other.tensors[name]) for name, t in one.tensors.items())
    before = (part / "nights.jsonl").read_bytes()
    run(life(3), [ARMS["qa"]], base, SETTINGS, part)
    assert (part / "nights.jsonl").read_bytes() == before


def test_plans(tmp_path):
    sizes = {"nights": 2, "passages": 1, "minutes": 1.0, "every": 1}
    few = plan("few-shot", folder=tmp_path, **sizes)  # type: ignore[arg-type]
    assert few.fresh
    assert len(few.days) == 2
    shown = {lesson.question for lesson in few.days[0].lessons}
    assert shown
    assert not shown & {ask.question for ask in few.days[0].asks}
    classes = plan("class-incremental", folder=tmp_path, **sizes)  # type: ignore[arg-type]
    assert [day.asks[0].gold for day in classes.days] == ["travel", "weather"]
    with pytest.raises(UsageError_, match="cannot be read"):
        plan("knowledge", folder=tmp_path, **sizes)  # type: ignore[arg-type]
    passage = [{"title": "T", "context": "C.", "questions": [{"question": "Q?", "answer": "A"}]}]
    (tmp_path / data.PASSAGES).write_bytes(msgspec.json.encode(passage))
    (day,) = plan("knowledge", folder=tmp_path, **sizes).days  # type: ignore[arg-type]
    assert (day.texts, day.lessons, day.asks[0].gold) == (("C.",), (), "A")


def test_an_invented_life_never_contradicts_itself():
    days = data.life(30, 5)
    said = [text for day in days for text in day.texts]
    assert len(said) == len(set(said)) == 150
    told = [re.sub(r" (is called|is|lives in|works as) .*", r" \1", text) for text in said]
    assert len(told) == len(set(told))
    train = {x.question for day in days for x in day.lessons}
    assert not train & {ask.question for day in days for ask in day.asks}
    with pytest.raises(UsageError_, match="not that long"):
        data.life(100, 5)


def a_history(folder: Path) -> None:
    said = {
        "d1": "My sister is called Ann.",
        "d2": "Hm.",
        "d3": "My dog is called Rex.",
        "d4": "Ok.",
    }
    turns = {date: [{"query": text, "response": "Nice."}] for date, text in said.items()}
    asked = {
        "d1": "What is my sister called?",
        "d3": "What do I shout in the park when he runs off?",
    }
    facts = [
        {"date": date, "message": said[date], "questions": [text], "answers": ["x"]}
        for date, text in asked.items()
    ]
    people = {"Eve": {"history": turns}, "Bob": {"history": {}}}
    (folder / "a_dialogues.json").write_bytes(msgspec.json.encode(people))
    (folder / "a_gold.json").write_bytes(msgspec.json.encode({"Eve": {"facts": facts}}))


def test_a_life_has_a_chat_history_among_its_nights(tmp_path):
    assert history(tmp_path, 9, 1) == []
    a_history(tmp_path)
    first, second, last = history(tmp_path, 9, 1)
    assert (first.name, second.name, last.name) == ("d1", "d2 and d3", "d4")
    assert first.texts == ("My sister is called Ann.",)
    assert "What is my sister called?" in {x.question for x in first.lessons}
    assert first.asks == ()  # what is taught is no unseen wording
    assert [ask.question for ask in second.asks] == [
        "What do I shout in the park when he runs off?"
    ]
    assert last.lessons == ()
    assert len(history(tmp_path, 2, 1)) == 2
    sizes = {"nights": 30, "passages": 1, "minutes": 1.0, "every": 1}
    days = plan("lifelong", folder=tmp_path, **sizes).days  # type: ignore[arg-type]
    assert len(days) == 30
    assert days[15].texts[0] == "My sister is called Ann."
    others = [day for at, day in enumerate(days) if at != 15]
    assert not any(" sister " in text for day in others for text in day.texts)


@pytest.mark.parametrize(("few", "places"), [(0, []), (1, [5]), (3, [1, 5, 8]), (4, [1, 3, 6, 8])])
def test_nights_of_one_kind_are_spread_among_those_of_another(few, places):
    days = [Day(str(at), (), (), (), ()) for at in range(10)]
    found = spread(days[:few], days[few:])
    assert sorted(day.name for day in found) == [str(at) for at in range(10)]
    assert [at for at, day in enumerate(found) if int(day.name) < few] == places
    assert [int(day.name) for day in found if int(day.name) < few] == list(range(few))


def test_a_history_that_is_no_history(tmp_path):
    (tmp_path / "a_dialogues.json").write_text("[]")
    with pytest.raises(UsageError_, match="cannot be read"):
        history(tmp_path, 1, 1)


def nights() -> Iterator[Night]:
    for arm, right in (("untouched", 0.0), ("full", 1.0)):
        for night in (1, 2):
            days = [Marked(f"n{d}", [right] * 4, [right] * 4, [right] * 4) for d in range(night)]
            sitting = Sitting(days, [1.0, 0.0], 12.0 + right, 1000)
            yield Night(arm, night, 60.0 * night, night, 5000, sitting, 50.0 * night)


def test_the_table():
    _, rule, untouched, full = tables.table(list(nights()))
    assert set(rule) == {"|", "-"}
    cells = [cell.strip() for cell in full.strip("|").split("|")]
    assert cells[:7] == ["full", "2", *["100 (100-100)"] * 5]
    assert cells[7:9] == ["100", "1.083"]
    assert cells[9].startswith("50 (")
    assert cells[10:] == ["90", "75", "5,000"]
    assert untouched.split("|")[3].strip() == "0 (0-0)"


def test_table_and_plot_are_written(tmp_path):
    path = tables.write("lifelong", list(nights()), tmp_path, ["command: `reverie bench`"])
    text = path.read_text()
    assert text.startswith("# lifelong\n\n- command: `reverie bench`\n")
    assert "![Scores by night](lifelong.png)" in text
    assert (tmp_path / "lifelong.png").read_bytes().startswith(b"\x89PNG")


def test_machine_names_no_person():
    assert "cores" in runs.machine()
    assert str(Path.home()) not in runs.machine()
