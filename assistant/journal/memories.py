"""The ledger: what was taken out of messages to be learned, and what became of it.

The states of a memory are in `assistant.memory_states`. Level 0 is the prompt; 1 and above are the
weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.errors import ReverieError, UsageError_
from assistant.journal.records import now
from assistant.journal.store import Journal

if TYPE_CHECKING:
    from sqlite_utils import Database

_PAUSED = "learning_paused"


@dataclass(frozen=True)
class Memory:
    """One fact of the ledger, with the questions it is asked by."""

    id: int
    text: str
    subject: str
    state: str
    message_id: int | None
    source: str
    """The message it came from; empty for one that was added by hand."""
    night: int | None
    level: int
    supersedes: int | None
    answer: str
    reason: str | None
    created: str
    questions: list[str]


def memories(journal: Journal, states: Sequence[str] = ()) -> list[Memory]:
    """The ledger in order of age, or only what is in one of `states`."""
    where = f"state IN ({', '.join('?' * len(states))})" if states else "1"
    with journal.reading() as db:
        return select(db, where, states)


def memory(journal: Journal, memory_id: int) -> Memory:
    """One memory; raises ReverieError if it does not exist."""
    with journal.reading() as db:
        found = select(db, "id = ?", [memory_id])
    if not found:
        raise ReverieError(
            f"There is no memory {memory_id}", "'reverie memories list' shows them all."
        )
    return found[0]


def select(db: "Database", where: str, values: Sequence[Any]) -> list[Memory]:
    """The memories that an SQL condition is true of, in order of age."""
    questions: dict[int, list[str]] = {}
    chosen = f"SELECT id FROM memories WHERE {where}"
    sql = f"SELECT memory_id, question FROM lessons WHERE memory_id IN ({chosen}) ORDER BY id"
    for memory_id, question in db.execute(sql, list(values)).fetchall():
        questions.setdefault(memory_id, []).append(question)
    rows = db.query(f"SELECT * FROM memories WHERE {where} ORDER BY id", list(values))
    return [_memory(row, questions.get(row["id"], [])) for row in rows]


def _memory(row: dict[str, Any], questions: list[str]) -> Memory:
    names = Memory.__dataclass_fields__.keys() - {"questions", "level"}
    fields = {name: row[name] for name in names}
    return Memory(**fields, level=row["level"] or 0, questions=questions)


def add(journal: Journal, text: str, supersedes: Memory | None = None) -> int:
    """A memory said by hand, to be learned by the next night; returns its id."""
    text = " ".join(text.split())
    if not text:
        raise UsageError_("A memory needs a text", "Say it as a sentence: 'My dog is called Rex.'")
    with journal.writing() as db:
        cursor = db.execute(
            "INSERT INTO memories (text, subject, state, level, supersedes, created)"
            " VALUES (?, ?, 'waiting', 0, ?, ?)",
            [
                *(text, supersedes.subject if supersedes else ""),
                *(supersedes.id if supersedes else None, now()),
            ],
        )
        assert cursor.lastrowid is not None  # an INSERT that did not raise has made a row
        if supersedes:
            db.execute("UPDATE memories SET state = 'superseded' WHERE id = ?", [supersedes.id])
        return cursor.lastrowid


def correct(journal: Journal, memory_id: int, text: str) -> int:
    """Put a new memory in place of one; from now on the prompt says the new one. Returns its id."""
    old = memory(journal, memory_id)
    if old.state in ("superseded", "rejected", "forgotten"):
        raise UsageError_(
            f"Memory {memory_id} is {old.state} and no longer counts",
            "Correct the one that took its place, or add a new one.",
        )
    return add(journal, text, supersedes=old)


def approve(journal: Journal, memory_id: int) -> None:
    """Let the next night learn a memory that was only proposed, or was rejected by mistake."""
    with journal.writing() as db:
        _decide(journal, memory_id, ("proposed", "rejected"), "waiting")
        # Only now does it take the place of what it corrects.
        db.execute(
            "UPDATE memories SET state = 'superseded' WHERE state <> 'forgotten'"
            " AND id = (SELECT supersedes FROM memories WHERE id = ?)",
            [memory_id],
        )


def reject(journal: Journal, memory_id: int) -> None:
    """Keep a memory that no night has learned from ever being learned."""
    _decide(journal, memory_id, ("proposed", "waiting", "refused"), "rejected")


def _decide(journal: Journal, memory_id: int, allowed: tuple[str, ...], state: str) -> None:
    found = memory(journal, memory_id)
    if found.state == state:
        return
    if found.state not in allowed:
        raise UsageError_(
            f"Memory {memory_id} is {found.state}; only {' or '.join(allowed)} ones can become "
            f"{state}",
            "What is learned already can be corrected or forgotten.",
        )
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = ? WHERE id = ?", [state, memory_id])


def back_to_waiting(db: "Database", nights: Sequence[int]) -> list[int]:
    """Return what `nights` learned to the prompt, inside the caller's transaction; their ids."""
    marks = ", ".join("?" * len(nights))
    where = f"night IN ({marks}) AND state IN ('learned', 'shaky')"
    sql = f"SELECT id FROM memories WHERE {where} ORDER BY id"
    ids = [row[0] for row in db.execute(sql, list(nights)).fetchall()]
    change = "state = 'waiting', level = 0, night = NULL, expert = NULL"
    db.execute(f"UPDATE memories SET {change} WHERE {where}", list(nights))
    return ids


def paused(journal: Journal) -> bool:
    """Whether the user has told nights not to learn."""
    with journal.reading() as db:
        row = db.execute("SELECT value FROM switches WHERE name = ?", [_PAUSED]).fetchone()
    return row is not None


def pause(journal: Journal, on: bool) -> None:
    """Stop nights from learning, or let them again; what was said meanwhile is then learned."""
    with journal.writing() as db:
        if on:
            db.execute(
                "INSERT INTO switches (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [_PAUSED, now()],
            )
        else:
            db.execute("DELETE FROM switches WHERE name = ?", [_PAUSED])
