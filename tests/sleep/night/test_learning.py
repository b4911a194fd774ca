"""Nights that learn: what is in the journal and on the disk afterwards."""

import json
import stat
from dataclasses import replace

import pytest

from sleep.experts import load_experts
from sleep.files import sha256_file
from sleep.witness import Summons, Told
from sleep.witness import Testimony as Said
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import STAGES, Home, Scripted, Slept

SLEEP_KEYS = {
    "status",
    "night",
    "generation",
    "minutes",
    "stages",
    "learned",
    "refused",
    "exam",
}
"""What scripts read of `reverie sleep --json` (docs: design)."""


def test_what_scripts_read(first_night: Slept):
    assert first_night.code == 0
    found = first_night.found
    assert found.keys() >= SLEEP_KEYS
    assert (found["status"], found["night"], found["generation"]) == ("learned", 1, 1)
    assert list(found["stages"]) == list(STAGES)
    assert all(seconds >= 0 for seconds in found["stages"].values())
    assert sorted(each["text"] for each in found["learned"]) == LEARNED
    assert found["refused"] == []
    assert found["exam"]["passed"]


def test_narration_goes_to_stderr(first_night: Slept):
    assert len(first_night.out.splitlines()) == 1
    assert "Learning ..." in first_night.err.splitlines()


def test_the_journal_says_what_was_learned(morning: Home):
    (night,) = morning.nights()
    assert (night["status"], night["generation"], night["reason"]) == ("learned", 1, None)
    assert night["ended"] >= night["started"]
    assert json.loads(night["report"])["status"] == "learned"
    assert json.loads(night["settings"])["rank"] == 2
    assert morning.stages(1) == list(STAGES)
    held = morning.memories()
    assert sorted(m.text for m in held) == LEARNED
    assert {(m.state, m.level, m.night) for m in held} == {("learned", 1, 1)}
    experts = {row["expert"] for row in morning.rows("SELECT expert FROM memories")}
    assert experts == {e.id for e in load_experts(morning.generation(1) / "experts.safetensors")}
    last = morning.rows("SELECT max(id) AS id FROM messages")[0]["id"]
    assert night["upto_message"] == last
    morning.check()


def test_every_memory_has_its_source(morning: Home):
    sources = {m.source: m.message_id for m in morning.memories()}
    for text, message in sources.items():
        (row,) = morning.rows("SELECT content, role FROM messages WHERE id = ?", message)
        assert (row["content"], row["role"]) == (text, "user")


def test_the_exam_is_kept(morning: Home):
    answers = morning.rows("SELECT * FROM exam_answers WHERE night_id = 1")
    assert {a["part"] for a in answers} == {"new", "general", "in_prompt", "unknown"}
    new = [a for a in answers if a["part"] == "new"]
    assert {a["memory_id"] for a in new} == {m.id for m in morning.memories()}
    assert all(a["passed"] and a["after"] != a["before"] for a in new)
    trained = morning.rows("SELECT question FROM lessons WHERE split = 'train'")
    assert not {a["question"] for a in new} & {row["question"] for row in trained}


def test_what_lies_on_the_disk(morning: Home):
    folder = morning.generation(1)
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert files == dict.fromkeys(["model.gguf", "experts.safetensors", "manifest.json"], 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["model_sha256"] == sha256_file(folder / "model.gguf")
    assert manifest["experts_sha256"] == sha256_file(folder / "experts.safetensors")
    assert (manifest["parent"], manifest["night"], manifest["passed"]) == (0, 1, True)
    day, week, season = manifest["levels"]
    assert (day["name"], day["period"], manifest["age"]) == ("day", 1, 1)
    assert [(e["id"], e["night"], e["rank"]) for e in day["experts"]] == [("day-0001", 1, 2)]
    assert day["memories"] == [m.id for m in morning.memories()]
    assert (
        (week["experts"], week["memories"]) == (season["experts"], season["memories"]) == ([], [])
    )
    (row,) = morning.rows("SELECT * FROM generations")
    assert (row["id"], row["status"], row["night_id"]) == (1, "current", 1)
    assert row["sha256"] == manifest["model_sha256"]
    assert json.loads(row["manifest"]) == manifest
    assert morning.served() == 1
    assert morning.leftovers() == []
    assert list((morning.paths.state_dir / "nights").glob("*/*")) == []


def test_nothing_is_readable_by_others(morning: Home):
    open_to_others = [
        path for path in morning.folder.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_a_night_with_nothing_new(morning: Home, sleep: Sleep):
    before = sha256_file(morning.generation(1) / "model.gguf")
    slept = sleep(morning, "--json")
    assert slept.code == 4
    assert slept.found["status"] == "nothing"
    assert slept.found["generation"] == 1
    assert slept.found["learned"] == []
    assert morning.nights()[-1]["status"] == "nothing"
    assert sorted(p.name for p in morning.paths.generations_dir.iterdir()) == ["0001", "current"]
    assert sha256_file(morning.generation(1) / "model.gguf") == before


def test_small_talk_is_read_once(home: Home, sleep: Sleep):
    home.tell("What is the capital of France?", "Thank you, good night!")
    assert sleep(home).code == 4
    (night,) = home.nights()
    assert night["reason"] == "nothing was said that could be learned"
    assert night["upto_message"] == 4
    assert sleep(home).code == 4
    assert home.nights()[-1]["reason"] == "nothing was said"


def test_the_second_night_keeps_the_first(morning: Home, sleep: Sleep):
    first = morning.generation(1) / "model.gguf"
    before = sha256_file(first)
    old = load_experts(morning.generation(1) / "experts.safetensors")
    morning.tell("My sister Anna lives in Porto.")
    slept = sleep(morning, "--json")
    assert (slept.code, slept.found["generation"]) == (0, 2)
    both = load_experts(morning.generation(2) / "experts.safetensors")
    assert [e.id for e in both] == ["day-0001", "day-0002"]
    assert both[0].tensors.keys() == old[0].tensors.keys()
    for name, values in old[0].tensors.items():
        assert both[0].tensors[name].numpy().tobytes() == values.numpy().tobytes(), name
    assert any(values.abs().sum() > 0 for values in both[1].tensors.values())
    assert sha256_file(first) == before
    statuses = morning.rows("SELECT id, parent, status FROM generations ORDER BY id")
    assert [tuple(row.values()) for row in statuses] == [(1, 0, "kept"), (2, 1, "current")]
    assert {m.text: m.night for m in morning.memories()}["Your dog is called Biscuit."] == 1
    asked = morning.rows("SELECT DISTINCT memory_id FROM exam_answers WHERE part = 'old'")
    old_ids = {m.id for m in morning.memories() if m.night == 1}
    assert {row["memory_id"] for row in asked} == old_ids
    morning.check()


def test_a_correction_takes_the_place_of_what_was_learned(morning: Home, sleep: Sleep):
    morning.tell("My dog is called Rex.")
    assert sleep(morning).code == 0
    assert morning.texts("superseded") == ["Your dog is called Biscuit."]
    assert "Your dog is called Rex." in morning.texts("learned")


def test_what_the_exam_is_not_sure_of_stays_in_the_prompt(told: Home, sleep: Sleep):
    lenient = Home(told.folder, told.environment | {"REVERIE_EXAM__NEW": "0"})
    hear = Scripted.__call__

    def all_but_the_dog(self: Scripted, summons: Summons, heard: Told) -> Said:
        dog = told.rows("SELECT question FROM lessons WHERE answer LIKE '%Biscuit%'")
        return hear(replace(self, forgets=tuple(row["question"] for row in dog)), summons, heard)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", all_but_the_dog)
        assert sleep(lenient).code == 0

    def states() -> set[tuple[bool, str, int, int | None]]:
        return {("Biscuit" in m.text, m.state, m.level, m.night) for m in told.memories()}

    assert states() == {(True, "shaky", 0, 1), (False, "learned", 1, 1)}
    slept = sleep(told, "--json")
    assert slept.code == 0
    assert [each["text"] for each in slept.found["learned"]] == ["Your dog is called Biscuit."]
    assert states() == {(True, "learned", 1, 2), (False, "learned", 1, 1)}


def test_dry_run_changes_nothing(told: Home, sleep: Sleep):
    def everything() -> dict[str, list[dict[str, object]]]:
        names = ("nights", "stages", "memories", "lessons", "generations", "messages")
        return {name: told.rows(f"SELECT * FROM {name}") for name in names}

    before = everything()
    slept = sleep(told, "--dry-run")
    assert slept.code == 0
    assert sorted(slept.out.splitlines()) == LEARNED
    assert everything() == before
    assert list(told.paths.generations_dir.iterdir()) == []
    assert not told.paths.base_dir.exists()


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_dry_run_of_an_empty_day(home: Home, sleep: Sleep, arguments: tuple[str, ...]):
    assert sleep(home, "--dry-run", *arguments).code == 4
