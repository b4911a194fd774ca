"""Nights with levels: what moves down when, what a refusal leaves, and what a kill costs."""

import json
import signal
from functools import partial
from typing import Any

import pytest

from sleep import growing
from sleep.consolidation import consolidate
from sleep.experts import Expert, load_experts
from sleep.untold import owner_told
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import STAGES, Home, at_stage, die, in_child

LEVELS = {"REVERIE_METHOD__LEVELS": "day 1, week 2, season 4"}
SAID = (
    "My sister Anna lives in Porto.",
    "I play the cello.",
    "My brother is called Tom.",
    "My favourite colour is green.",
)
LIFE = (
    *SAID,
    "My dog is called Biscuit.",
    "I work as a nurse in Leeds.",
    "My boss is called Martin.",
)


@pytest.fixture
def leveled(morning: Home) -> Home:
    """On the morning after the first night, where a week has two nights."""
    return Home(morning.folder, morning.environment | LEVELS)


def experts(home: Home, generation: int) -> list[Expert]:
    return load_experts(home.generation(generation) / "experts.safetensors")


def levels(home: Home, generation: int) -> list[dict[str, Any]]:
    manifest = json.loads((home.generation(generation) / "manifest.json").read_text())
    found: list[dict[str, Any]] = manifest["levels"]
    return found


def held(home: Home, generation: int) -> list[int]:
    return [len(level["memories"]) for level in levels(home, generation)]


def test_a_week_night_empties_the_day(leveled: Home, sleep: Sleep):
    leveled.tell(SAID[0])
    slept = sleep(leveled, "--json")
    assert slept.code == 0
    assert leveled.stages(2) == list(STAGES)
    assert [(e.id, e.level, e.rank) for e in experts(leveled, 2)] == [("week-0002", 2, 4)]
    assert held(leveled, 2) == [0, len(leveled.texts("learned")), 0]
    assert {(m.state, m.level) for m in leveled.memories()} == {("learned", 2)}
    assert {row["expert"] for row in leveled.rows("SELECT expert FROM memories")} == {"week-0002"}
    asked = leveled.rows("SELECT * FROM exam_answers WHERE night_id = 2 AND part = 'old'")
    moved = {m.id for m in leveled.memories() if m.text in LEARNED}
    assert {row["memory_id"] for row in asked} == moved, "all that moved are examined"
    assert all(row["passed"] for row in asked)
    pruned = json.loads(
        leveled.rows("SELECT result FROM stages WHERE night_id = 2 AND name = 'prune'")[0]["result"]
    )
    assert pruned == {"kept": ["week-0002"], "freed": ["day-0001", "day-0002"]}
    leveled.check()


def trained(home: Home, night: int) -> int:
    """The training steps that a night's seconds are counted for."""
    sql = "SELECT result FROM stages WHERE name = 'seed' AND night_id = ?"
    return int(json.loads(home.rows(sql, night)[0]["result"])["trained"])


def test_a_nights_steps_are_those_of_all_its_levels(leveled: Home, sleep: Sleep):
    """The next night divides its seconds by them."""
    leveled.tell(SAID[0])
    assert sleep(leveled).code == 0
    assert trained(leveled, 2) == 2 * trained(leveled, 1) > 0


def test_a_week_night_teaches_all_that_the_days_held(leveled: Home, sleep: Sleep):
    """The day's own step only the day; the week's both nights, with what was not told in either."""
    seen: dict[str, Any] = {}

    def watched(step: Any, experts: Any, material: Any, *arguments: Any, **more: Any) -> Any:
        seen[step.expert] = ([e.id for e in experts], material)
        return consolidate(step, experts, material, *arguments, **more)

    leveled.tell(SAID[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "consolidate", watched)
        assert sleep(leveled).code == 0
    assert seen["day-0002"][0] == ["day-0001"]
    assert seen["week-0002"][0] == ["day-0001", "day-0002"]
    day, week = seen["day-0002"][1], seen["week-0002"][1]
    assert {lesson.answer for lesson in week.lessons} == {m.text for m in leveled.memories()}
    assert {x.answer for x in week.lessons} - {x.answer for x in day.lessons} == set(LEARNED)
    assert {x.answer for x in day.lessons}.isdisjoint(LEARNED)
    sql = "SELECT result FROM stages WHERE name = 'recall' ORDER BY night_id"
    first, second = (json.loads(row["result"])["unknown"] for row in leveled.rows(sql))
    asked = {x.question for x in week.unknowns}
    taught = [x.question for x in week.lessons]
    for split, question, _ in (*first, *second):
        assert (question in asked) == (split == "train" and not owner_told(question, taught))
    assert {x.answer for x in day.replay} == set(LEARNED)
    assert week.replay == [], "everything older is taught"


def test_four_nights_reach_the_slowest_level(leveled: Home, sleep: Sleep):
    ids, sizes = [], set()
    for number, said in enumerate(SAID[:3], start=2):
        leveled.tell(said)
        assert sleep(leveled).code == 0
        ids.append([e.id for e in experts(leveled, number)])
        sizes.add((leveled.generation(number) / "model.gguf").stat().st_size)
    assert ids == [["week-0002"], ["week-0002", "day-0003"], ["season-0004"]]
    assert len(sizes) == 1
    assert held(leveled, 4) == [0, 0, len(leveled.texts("learned"))]
    assert {m.level for m in leveled.memories()} == {3}
    old = {e.id: e for number in (2, 3) for e in experts(leveled, number)}
    assert all(
        old["week-0002"].tensors[name].equal(tensor)
        for name, tensor in experts(leveled, 3)[0].tensors.items()
    )


def test_a_refused_week_night_resets_nothing(leveled: Home, sleep: Sleep):
    leveled.tell(SAID[0])
    assert sleep(leveled, knows=False).code == 3
    assert leveled.served() == 1
    assert [e.id for e in experts(leveled, 1)] == ["day-0001"]
    assert {m.level for m in leveled.memories() if m.text in LEARNED} == {1}
    assert leveled.texts("learned") == LEARNED
    slept = sleep(leveled, "--json")  # the next night is the second that learns
    assert (slept.code, slept.found["generation"]) == (0, 3)
    assert [e.id for e in experts(leveled, 3)] == ["week-0003"]
    assert {m.level for m in leveled.memories()} == {2}


def test_a_finished_expert_survives_a_kill(leveled: Home, sleep: Sleep):
    leveled.tell(SAID[0])
    assert in_child(leveled, partial(kill_in_the_second_consolidation)) == -signal.SIGKILL
    assert leveled.stages(2) == list(STAGES[: STAGES.index("seed")])
    folder = leveled.paths.state_dir / "nights" / "0002"
    (day,) = folder.glob("*.safetensors")
    written = day.stat().st_mtime_ns
    grown: list[str] = []

    def counted(step: Any, *arguments: Any, **more: Any) -> Any:
        grown.append(step.expert)
        assert day.stat().st_mtime_ns == written
        return consolidate(step, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "consolidate", counted)
        assert sleep(leveled, "--resume").code == 0
    assert grown == ["week-0002"]
    assert trained(leveled, 2) == trained(leveled, 1), "the first level's seconds are gone"
    assert [e.id for e in experts(leveled, 2)] == ["week-0002"]
    leveled.check()


def kill_in_the_second_consolidation() -> None:
    def dying(step: Any, *arguments: Any, **more: Any) -> Any:
        if step.level == 2:
            die()
        return consolidate(step, *arguments, **more)

    setattr(growing, "consolidate", dying)  # noqa: B010 - not for mypy to see


def test_what_a_week_night_loses_returns_to_the_prompt(leveled: Home, sleep: Sleep):
    """An older memory that the exam no longer finds is taken up again, not believed to be known."""
    leveled.tell(SAID[0])
    forgetful = Home(leveled.folder, leveled.environment | {"REVERIE_EXAM__OLD": "0"})
    (dog,) = [m.id for m in leveled.memories() if "Biscuit" in m.text]
    sql = "SELECT question FROM lessons WHERE memory_id = ? AND split = 'exam'"
    (question, *_) = [row["question"] for row in leveled.rows(sql, dog)]
    slept = sleep(forgetful, "--json", forgets=(question,))
    assert slept.code == 0
    states = {m.id: (m.state, m.level) for m in leveled.memories()}
    assert states.pop(dog) == ("shaky", 0)
    assert set(states.values()) == {("learned", 2)}
    assert dog not in levels(leveled, 2)[1]["memories"]
    assert sleep(leveled).code == 0
    assert dog in levels(leveled, 3)[0]["memories"]


def test_without_expansion_one_expert_learns_on(morning: Home, sleep: Sleep):
    one = Home(morning.folder, morning.environment | {"REVERIE_METHOD__EXPANSION": "false"})
    one.tell(SAID[0])
    assert sleep(one).code == 0
    (after,) = experts(one, 2)
    (before,) = experts(one, 1)
    assert after.id == "day-0002"
    assert any(not t.equal(before.tensors[name]) for name, t in after.tensors.items())
    assert held(one, 2)[0] == len(one.texts("learned")) > len(LEARNED)


def test_levels_that_do_not_fit_fail_the_night_with_a_reason(told: Home, sleep: Sleep):
    odd = Home(
        told.folder, told.environment | {"REVERIE_METHOD__LEVELS": "day 1, week 7, year 365"}
    )
    slept = sleep(odd)
    assert slept.code == 2
    assert "365 nights are no multiple of 7" in slept.err


def in_a_hurry(patch: pytest.MonkeyPatch, steps: float) -> None:
    """There is time for so many training steps."""
    patch.setattr(growing, "steps_in_time", lambda bed, recipe: steps)


def test_a_week_that_there_is_no_time_for_is_put_off(leveled: Home, sleep: Sleep):
    leveled.tell(SAID[0])
    with pytest.MonkeyPatch.context() as patch:
        in_a_hurry(patch, 5)
        slept = sleep(leveled, "--json")
    assert slept.code == 0
    assert slept.found["put_off"] == ["week"]
    assert [e.id for e in experts(leveled, 2)] == ["day-0001", "day-0002"]
    for said in SAID[1:]:
        leveled.tell(said)
    slept = sleep(leveled, "--json")
    assert slept.found["put_off"] == [], "the third night is none of the week's"
    assert [e.level for e in experts(leveled, 3)] == [1, 1, 1]
    leveled.tell("I work at a school.")
    assert sleep(leveled).code == 0
    assert [e.level for e in experts(leveled, 4)] == [3]
    leveled.check()


def test_a_night_takes_on_what_there_is_time_for(home: Home, sleep: Sleep):
    """What was told last waits in the prompt, and is learned in another night."""
    home.tell(*LIFE)
    with pytest.MonkeyPatch.context() as patch:
        in_a_hurry(patch, 1)
        slept = sleep(home, "--json")
    assert slept.code == 0
    waiting = slept.found["waiting"]
    assert (len(slept.found["learned"]), waiting) == (5, len(home.memories()) - 5)
    assert waiting > 1
    states = {m.text: (m.state, m.night) for m in home.memories()}
    assert list(states.values()).count(("learned", 1)) == 5
    assert list(states.values()).count(("waiting", None)) == waiting
    last = max(home.memories(), key=lambda m: m.id)
    assert states[last.text] == ("waiting", None)
    slept = sleep(home, "--json")
    assert (slept.code, slept.found["waiting"]) == (0, 0)
    assert {m.state for m in home.memories()} == {"learned"}
    home.check()


def test_a_night_that_is_resumed_keeps_to_what_it_took_on(home: Home, sleep: Sleep):
    home.tell(*LIFE)
    with pytest.MonkeyPatch.context() as patch:
        in_a_hurry(patch, 1)
        at_stage(patch.setattr, "export", "begins", stop)
        assert sleep(home).code == 130
    slept = sleep(home, "--resume", "--json")
    assert slept.code == 0
    assert (len(slept.found["learned"]), slept.found["waiting"]) == (5, len(home.memories()) - 5)


def stop() -> None:
    raise KeyboardInterrupt
