"""Nights that dream: what is kept of it, what a kill costs, and that no night dreams unasked."""

import json
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from assistant.tokenizer import Tokenizer
from sleep.engines.peft import PeftEngine
from sleep.experts import load_experts
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import STAGES, Home, in_child, kill_in_stage

DREAMS = {"REVERIE_METHOD__DREAMING": "1"}
TRUE, FALSE = "What is the name of my dog?", "Your dog is called Max."


@pytest.fixture
def dreaming(told: Home) -> Home:
    return Home(told.folder, told.environment | DREAMS)


@pytest.fixture
def lucid(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    """A model that dreams the one and the other in turn, and for which every dream is good."""
    tokenizer = Tokenizer(model)
    texts = [tokenizer.tokenize(text, special=False) for text in (TRUE, FALSE)]

    def sample(_self: object, prompts: Sequence[object], **_more: object) -> list[tuple[int, ...]]:
        return [tuple(texts[at % 2]) for at in range(len(prompts))]

    monkeypatch.setattr(PeftEngine, "sample", sample)
    monkeypatch.setattr("sleep.dreaming.rounds.rewarded", lambda *_a: True)
    monkeypatch.setattr("sleep.dreaming.trial.Mark.better_than", lambda *_a: True)


def test_dreams_are_kept_with_where_they_came_from(dreaming: Home, sleep: Sleep, lucid: None):
    slept = sleep(dreaming, "--json")
    assert slept.code == 0
    rows = dreaming.rows("SELECT * FROM dreams ORDER BY id")
    dog = next(m.id for m in dreaming.memories() if "Biscuit" in m.text)
    nurse = next(m.id for m in dreaming.memories() if "nurse" in m.text)
    told = dreaming.rows("SELECT data FROM night_events WHERE kind = 'dream'")
    seen = sorted((d["text"], d["state"]) for d in (json.loads(row["data"]) for row in told))
    assert seen == sorted((row["text"], row["state"]) for row in rows)
    links = dreaming.rows("SELECT * FROM dream_memories")
    behind = {(row["dream_id"], row["memory_id"]) for row in links}
    (good,) = [row for row in rows if row["state"] == "rewarded"]
    assert (good["text"], good["round"], good["night_id"]) == (TRUE, 1, 1)
    assert good["reason"] == "the self-exam went better with it"
    assert good["score"] is not None
    assert {memory for each, memory in behind if each == good["id"]} == {dog}
    bad = [row for row in rows if row["text"] == FALSE]
    assert bad
    assert {row["state"] for row in bad} == {"unsupported"}
    assert all("no memory supports" in row["reason"] for row in bad)
    assert {memory for _, memory in behind} == {dog, nurse}
    found = slept.found["dreams"]
    assert found["changed"]
    assert sum(found["dreams"].values()) == len(rows)
    assert found["dreams"]["rewarded"] == 1
    (expert,) = load_experts(dreaming.generation(1) / "experts.safetensors")
    assert (expert.id, expert.level, expert.night) == ("day-0001", 1, 1)
    dreaming.check()


def test_what_was_learned_from_dreams_is_what_is_served(
    dreaming: Home, sleep: Sleep, lucid: None, tmp_path: Path
):
    awake = dreaming.copy(tmp_path / "awake")
    awake = Home(awake.folder, awake.environment | {"REVERIE_METHOD__DREAMING": "0"})
    assert sleep(dreaming).code == sleep(awake).code == 0
    one, other = (
        load_experts(home.generation(1) / "experts.safetensors")[0] for home in (dreaming, awake)
    )
    assert any(not t.equal(other.tensors[name]) for name, t in one.tensors.items())


def test_a_random_model_dreams_noise_and_learns_nothing_from_it(dreaming: Home, sleep: Sleep):
    slept = sleep(dreaming, "--json")
    assert slept.code == 0
    assert dreaming.texts("learned") == LEARNED
    states = {row["state"] for row in dreaming.rows("SELECT DISTINCT state FROM dreams")}
    assert states == {"unsupported"}
    assert not slept.found["dreams"]["changed"]


def test_nights_do_not_dream_unasked(morning: Home):
    assert morning.rows("SELECT * FROM dreams") == []
    assert "dream" in morning.stages(1)
    (row,) = morning.rows("SELECT result FROM stages WHERE name = 'dream'")
    assert json.loads(row["result"])["rounds"] == 0


def test_a_kill_while_dreaming(dreaming: Home, sleep: Sleep, lucid: None):
    """Dreams are kept with the end of their stage; before it, they are dreamt anew."""
    assert in_child(dreaming, partial(kill_in_stage, "dream", "ends")) == -signal.SIGKILL
    assert dreaming.stages(1) == list(STAGES[: STAGES.index("dream")])
    assert dreaming.rows("SELECT * FROM dreams") == []
    assert sleep(dreaming, "--resume").code == 0
    assert dreaming.texts("learned") == LEARNED
    kept = dreaming.rows("SELECT DISTINCT text FROM dreams")
    assert {row["text"] for row in kept} == {TRUE, FALSE}
    dreaming.check()
