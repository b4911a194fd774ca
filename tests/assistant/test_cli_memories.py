"""`reverie memories`, `models`, `nights`, `status`: what was learned, by which model, and when."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant import settings
from assistant.cli.main import run
from assistant.cli.nights import as_text
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.journal.records import now
from assistant.paths import Paths

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def learned(paths: Paths, journal: Journal, tmp_path: Path) -> Paths:
    """One night has taught one memory, and its generation is served."""
    (tmp_path / "base.gguf").write_bytes(b"base")
    settings.store(paths, "model.path", str(tmp_path / "base.gguf"))
    talk = journal.new_conversation()
    message = journal.add_message(talk, "user", "My dog is Biscuit.")
    with journal.writing() as db:
        db.execute(
            "INSERT INTO nights (started, ended, status, generation, upto_message, report)"
            " VALUES (?, ?, 'learned', 1, ?, ?)",
            [now(), now(), message, json.dumps({"learned": [{"memory_id": 1, "ok": True}]})],
        )
        db.execute(
            "INSERT INTO stages (night_id, name, started, seconds) VALUES (1, 'recall', ?, 2.5)",
            [now()],
        )
        db.execute(
            "INSERT INTO memories (text, state, message_id, source, night, level, answer, created)"
            " VALUES ('Your dog is Biscuit.', 'learned', ?, 'My dog is Biscuit.', 1, 1, 'Biscuit',"
            " ?)",
            [message, now()],
        )
        db.execute(
            "INSERT INTO lessons (memory_id, split, kind, question, answer)"
            " VALUES (1, 'exam', 'direct', 'Who is Biscuit?', 'Your dog')"
        )
    generations = Generations(paths, journal)
    (generations.folder(generations.reserve()) / "model.gguf").write_bytes(b"new")
    generations.record(1, parent=0, sha256="", night_id=1)
    generations.promote(1)
    return paths


def as_json(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_list_has_the_keys_of_the_contract(capsys: Capture, learned: Paths):
    (memory,) = as_json(capsys, "memories", "list")
    wanted = ("id", "text", "state", "message_id", "source", "night", "level", "questions")
    assert {name: memory[name] for name in wanted} == {
        "id": 1,
        "text": "Your dog is Biscuit.",
        "state": "learned",
        "message_id": 1,
        "source": "My dog is Biscuit.",
        "night": 1,
        "level": 1,
        "questions": ["Who is Biscuit?"],
    }
    assert run(["memories", "show", "1"]) == 0
    assert "My dog is Biscuit." in capsys.readouterr().out


def test_an_empty_list_is_an_empty_list(capsys: Capture):
    assert as_json(capsys, "memories", "list") == []


def test_add_correct_approve_reject_pause(capsys: Capture, learned: Paths):
    assert run(["memories", "add", "I like tea."]) == 0
    assert capsys.readouterr().out == "2\n"
    assert run(["memories", "correct", "1", "My dog is Rex."]) == 0
    assert run(["memories", "reject", "2"]) == 0
    listed = as_json(capsys, "memories", "list")
    assert [(each["id"], each["state"]) for each in listed] == [(3, "waiting")]
    listed = as_json(capsys, "memories", "list", "--all")
    assert [each["state"] for each in listed] == ["superseded", "rejected", "waiting"]
    assert run(["memories", "approve", "2"]) == 0
    assert run(["memories", "reject", "1"]) == 2
    assert run(["memories", "pause"]) == 0
    assert as_json(capsys, "status")["paused"] is True
    assert run(["memories", "pause", "--off"]) == 0
    assert as_json(capsys, "status")["paused"] is False


def test_forget(capsys: Capture, learned: Paths):
    done = as_json(capsys, "memories", "forget", "1", "--yes")
    assert (done["serving"], done["was_serving"], done["barred"]) == (0, 1, [1])
    assert as_json(capsys, "memories", "list") == []
    assert as_json(capsys, "journal", "search", "biscuit") == []
    assert run(["models", "use", "1"]) == 3
    assert run(["memories", "forget", "9", "--yes"]) == 1


def test_forget_explains_itself(capsys: Capture, learned: Paths):
    assert run(["memories", "forget", "1", "--yes"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    for part in ("gone from the journal", "generation 0", "deleted: 1", "Backups and exports"):
        assert part in err
    assert "Biscuit" not in err


def test_models(capsys: Capture, learned: Paths):
    listed = as_json(capsys, "models", "list")
    assert [(each["id"], each["status"]) for each in listed] == [(0, "kept"), (1, "current")]
    assert run(["models", "list"]) == 0
    assert "current" in capsys.readouterr().out
    back = as_json(capsys, "models", "rollback")
    assert back == {"generation": 0, "memories_in_prompt_again": 1}
    assert as_json(capsys, "memories", "list")[0]["state"] == "waiting"
    assert run(["models", "rollback"]) == 4
    assert run(["models", "use", "1"]) == 0
    assert run(["models", "use", "7"]) == 1


def test_a_refused_generation_needs_force(capsys: Capture, learned: Paths, journal: Journal):
    generations = Generations(learned, journal)
    (generations.folder(generations.reserve()) / "model.gguf").write_bytes(b"bad")
    generations.record(2, parent=1, sha256="", night_id=1)
    generations.set_status(2, "refused")
    assert run(["models", "use", "2"]) == 3
    assert "refused by its exam" in capsys.readouterr().err
    assert run(["models", "use", "2", "--force"]) == 0


def test_nights(capsys: Capture, learned: Paths):
    (night,) = as_json(capsys, "nights")
    assert (night["id"], night["status"], night["stages"]) == (1, "learned", {"recall": 2.5})
    assert as_json(capsys, "nights", "show", "1")["report"]["learned"][0]["memory_id"] == 1
    assert run(["nights", "show", "1"]) == 0
    out = capsys.readouterr().out
    assert "Night 1: learned" in out
    assert "- memory_id: 1" in out
    assert run(["nights", "show", "2"]) == 1
    assert run(["nights"]) == 0


def test_a_night_that_was_killed_counts_as_interrupted(
    capsys: Capture, learned: Paths, journal: Journal
):
    with journal.writing() as db:
        db.execute("INSERT INTO nights (started, status, pid) VALUES (?, 'running', 1)", [now()])
        db.execute("UPDATE nights SET pid = 4194305 WHERE id = 2")  # above the largest pid
    assert as_json(capsys, "nights")[0]["status"] == "interrupted"
    assert as_json(capsys, "status")["running"] is None


def test_status(capsys: Capture, learned: Paths, journal: Journal):
    journal.add_message(1, "user", "new")
    state = as_json(capsys, "status")
    assert (state["generation"], state["new_messages"], state["running"]) == (1, 1, None)
    assert state["last_night"]["status"] == "learned"
    assert run(["status"]) == 0
    assert "1 message not slept on" in capsys.readouterr().out
    journal.add_message(1, "user", "newer")
    assert run(["status"]) == 0
    assert "2 messages not slept on" in capsys.readouterr().out


def test_what_the_night_was_unsure_of_counts_as_in_the_prompt(capsys: Capture, journal: Journal):
    for text, state in (("I like tea.", "waiting"), ("I row.", "shaky"), ("I sing.", "learned")):
        memory = ledger.add(journal, text)
        with journal.writing() as db:
            db.execute("UPDATE memories SET state = ? WHERE id = ?", [state, memory])
    assert run(["status"]) == 0
    assert "2 memories in the prompt" in capsys.readouterr().out


def test_reports_read_as_text():
    report = {"a": {"b": 1.23456, "c": []}, "d": [{"e": True, "f": "x\ny"}, "g"], "h": None}
    assert as_text(report) == [
        "a:",
        "  b: 1.235",
        "  c: -",
        "d:",
        "  - e: yes",
        "    f: x y",
        "  - g",
        "h: -",
    ]
