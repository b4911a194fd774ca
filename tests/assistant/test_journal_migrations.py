"""The journal upgrades from its very first schema, and refuses what a newer program wrote."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import ReverieError
from assistant.journal import Journal, migrations
from assistant.journal.checks import verify
from assistant.journal.memories import memory
from assistant.paths import Paths

FIRST = Path(__file__).parent / "data" / "journal-v1.sql"


def schema(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%sqlite%'"
        )
        return {name: " ".join(sql.split()) for name, sql in rows}


@pytest.fixture
def first(paths: Paths) -> Path:
    """A journal as the first release left it."""
    with closing(sqlite3.connect(paths.journal)) as connection:
        connection.executescript(FIRST.read_text(encoding="utf-8"))
    return paths.journal


def test_the_first_schema_opens_with_all_it_holds(first: Path):
    with Journal.open(first) as journal:
        assert [message.content for message in journal.thread(2)] == [
            "My dog is called Biscuit.",
            "A good name!",
        ]
        assert [message.id for message in journal.since(0)] == [1, 2]
        assert journal.search("biscuit")[0].message.id == 1
        assert memory(journal, 1).questions == ["What is my dog called?"]
        assert journal.add_message(1, "user", "new", parent_id=2) == 4
    assert verify(first) == []


def test_an_upgraded_journal_has_the_schema_of_a_new_one(first: Path, tmp_path: Path):
    Journal.open(first).close()
    Journal.open(tmp_path / "new.db").close()
    assert schema(first) == schema(tmp_path / "new.db")


def test_the_released_first_step_was_not_edited(first: Path, tmp_path: Path):
    """A journal made by step 1 alone is the frozen one."""
    from sqlite_utils import Database

    db = Database(tmp_path / "one.db")
    migrations.first_schema(db)
    db.close()
    assert schema(tmp_path / "one.db") == schema(first)


def test_a_step_that_fails_leaves_the_journal_as_it_was(
    first: Path, monkeypatch: pytest.MonkeyPatch
):
    def half(db: object) -> None:
        db.execute("ALTER TABLE messages ADD COLUMN mood TEXT")  # type: ignore[attr-defined]
        raise RuntimeError("pulled the plug")

    before = schema(first)
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, ("002_half", half)))
    with pytest.raises(RuntimeError, match="plug"):
        Journal.open(first)
    monkeypatch.undo()
    assert schema(first) == before
    Journal.open(first).close()


def test_a_later_step_is_applied_once(first: Path, monkeypatch: pytest.MonkeyPatch):
    calls = []

    def mood(db: object) -> None:
        calls.append(1)
        db.execute("ALTER TABLE messages ADD COLUMN mood TEXT")  # type: ignore[attr-defined]

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, ("002_mood", mood)))
    Journal.open(first).close()
    Journal.open(first).close()
    assert calls == [1]
    assert "mood TEXT" in schema(first)["messages"]


def test_a_journal_of_a_newer_program_is_left_alone(paths: Paths, monkeypatch: pytest.MonkeyPatch):
    newer = (*migrations.STEPS, ("999_later", lambda db: db.execute("CREATE TABLE later (id)")))
    monkeypatch.setattr(migrations, "STEPS", newer)
    Journal.open(paths.journal).close()
    monkeypatch.undo()
    with pytest.raises(ReverieError, match=r"newer Reverie.*999_later"):
        Journal.open(paths.journal)
