"""`reverie nights dreams`: what was dreamt, about which memories, and what became of it."""

import json

import pytest

from assistant.cli.main import run
from assistant.journal import Journal
from assistant.journal.memories import add
from assistant.journal.records import now

DREAMS = (
    ("Who is Biscuit?", "rewarded", "the self-exam went better with it"),
    ("Your dog is called Max.", "unsupported", "no memory supports it"),
)


@pytest.fixture
def night(journal: Journal) -> int:
    """A night with two dreams about the first memory, after one without."""
    dog = add(journal, "Your dog is called Biscuit.")
    with journal.writing() as db:
        for _ in range(2):
            db.execute("INSERT INTO nights (started, status) VALUES (?, 'learned')", [now()])
        for text, state, reason in DREAMS:
            cursor = db.execute(
                "INSERT INTO dreams (night_id, created, round, text, state, reason)"
                " VALUES (2, ?, 1, ?, ?, ?)",
                [now(), text, state, reason],
            )
            sql = "INSERT INTO dream_memories (dream_id, memory_id) VALUES (?, ?)"
            db.execute(sql, [cursor.lastrowid, dog])
    return 2


def test_dreams(night, capsys):
    assert run(["nights", "dreams", str(night)]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["ROUND", "STATE", "MEMORIES", "DREAM", "WHY"]
    for row, (text, state, reason) in zip(rows, DREAMS, strict=True):
        assert row.split()[:3] == ["1", state, "1"]
        assert text in row
        assert row.endswith(reason)


def test_dreams_json(night, capsys):
    assert run(["nights", "dreams", str(night), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["memory_ids"] == second["memory_ids"] == [1]
    assert (first["text"], first["state"]) == DREAMS[0][:2]


def test_a_night_without_dreams(night, capsys):
    assert run(["nights", "dreams", "1"]) == 4
    assert "did not dream" in capsys.readouterr().err
    assert run(["nights", "dreams", "9"]) == 1
