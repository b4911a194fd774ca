"""Forgetting: one memory, and everything that came from it, out of the machine's mind and its file.

At once: the memory's text, its lessons and exam answers, the message it came from with the replies
to that message, and every mention in the nights' reports and events; the search index is rebuilt
and the file rewritten, so that no free page keeps them. Every model trained since the memory exists
is barred from being served, and the newest older one (at the latest the base) is served instead;
what else those models knew returns to the prompt until the next night learns it again.
What remains is said in `Forgotten`: barred model files, messages that say it too, other copies.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from assistant.generations import BASE, Generations
from assistant.journal import events
from assistant.journal.deletion import delete_message, scrub
from assistant.journal.memories import Memory, memory
from assistant.journal.store import Journal

if TYPE_CHECKING:
    from sqlite_utils import Database

REDACTED = "(forgotten)"
_SHORTEST = 3
_WRITTEN = (
    ("nights", "report"),
    ("nights", "reason"),
    ("stages", "result"),
    ("night_events", "data"),
)
"""Where nights write in words what they did, JSON but for the reason."""


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a memory did, and what it could not do."""

    memory: int
    messages: int
    """Messages deleted."""
    barred: list[int]
    """Generations that were trained on it; never served again."""
    serving: int
    was_serving: int
    waiting_again: Sequence[int]
    """Other memories that went back to the prompt."""
    still_said: list[int]
    """Messages that have the same answer in them, and are still there."""
    emptied: bool
    """False: another program kept the write-ahead log; old text goes when it closes."""


def forget(journal: Journal, generations: Generations, memory_id: int) -> Forgotten:
    """Forget a memory. Raises ReverieError if it does not exist; then nothing has changed."""
    found = memory(journal, memory_id)
    was_serving = generations.current_id()
    with journal.writing() as db:
        phrases = _phrases(db, found)
        barred = _trained_since(db, found)
        messages = _delete_source(db, found)
        _redact_nights(db, phrases, memory_id)
        events.untell(db, memory_id)
        _empty_memory(db, memory_id)
        for number in barred:
            db.execute("UPDATE generations SET holds_forgotten = 1 WHERE id = ?", [number])
        serving = was_serving
        waiting: Sequence[int] = []
        if was_serving in barred:
            serving = _newest_clean(generations, min(barred))
            waiting = generations.switch(serving)
    emptied = scrub(journal)
    return Forgotten(
        memory=memory_id,
        messages=messages,
        barred=barred,
        serving=serving,
        was_serving=was_serving,
        waiting_again=waiting,
        still_said=_still_said(journal, found),
        emptied=emptied,
    )


def _newest_clean(generations: Generations, oldest_barred: int) -> int:
    usable = [each.id for each in generations.list() if each.id < oldest_barred and each.usable]
    return max(usable, default=BASE)


def _trained_since(db: "Database", found: Memory) -> list[int]:
    """Every generation that may hold the memory: made since it exists, if it was ever taught."""
    lessons = "SELECT count(*) FROM lessons WHERE memory_id = ?"
    taught = db.execute(lessons, [found.id]).fetchone()[0] > 0
    if not taught and found.night is None:
        return []
    sql = "SELECT id FROM generations WHERE id > 0 AND (created >= ? OR night_id >= ?) ORDER BY id"
    return [row[0] for row in db.execute(sql, [found.created, found.night]).fetchall()]


def _delete_source(db: "Database", found: Memory) -> int:
    """Delete the message the memory came from and the replies to it, which tend to repeat it."""
    if found.message_id is None:
        return 0
    # Other memories of the same message stay, but their source would quote the forgotten part.
    db.execute(
        "UPDATE memories SET source = text WHERE message_id = ? AND id <> ?",
        [found.message_id, found.id],
    )
    sql = "SELECT id FROM messages WHERE parent_id = ? AND role = 'assistant'"
    replies = [row[0] for row in db.execute(sql, [found.message_id]).fetchall()]
    for message_id in (*replies, found.message_id):
        delete_message(db, message_id)
    return 1 + len(replies)


def _empty_memory(db: "Database", memory_id: int) -> None:
    # The empty row stays: the next night finds in it which experts to build without the memory.
    db.execute("DELETE FROM lessons WHERE memory_id = ?", [memory_id])
    db.execute("DELETE FROM exam_answers WHERE memory_id = ?", [memory_id])
    db.execute(
        "UPDATE memories SET state = 'forgotten', text = '', subject = '', source = '',"
        " answer = '', reason = NULL, message_id = NULL WHERE id = ?",
        [memory_id],
    )


def _phrases(db: "Database", found: Memory) -> list[str]:
    """Everything that would give the memory away in a report, longest first."""
    sql = "SELECT question, answer FROM lessons WHERE memory_id = ?"
    lessons = [text for row in db.execute(sql, [found.id]).fetchall() for text in row]
    sql = "SELECT question, before, after FROM exam_answers WHERE memory_id = ?"
    answers = [text or "" for row in db.execute(sql, [found.id]).fetchall() for text in row]
    texts = {found.text, found.source, found.answer, *lessons, *answers}
    return sorted((text for text in texts if len(text) >= _SHORTEST), key=len, reverse=True)


def _redact_nights(db: "Database", phrases: Sequence[str], memory_id: int) -> None:
    """Take the phrases, and records that name the memory, out of reports and stage results."""
    if not phrases:
        return
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in phrases), re.I)
    for table, column in _WRITTEN:
        rows = db.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} NOT NULL").fetchall()
        for rowid, text in rows:
            if column == "reason":
                clean = pattern.sub(REDACTED, text)
            else:
                value = _redact(msgspec.json.decode(text), pattern, memory_id)
                clean = msgspec.json.encode(value).decode()
            db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [clean, rowid])


def _redact(value: Any, pattern: re.Pattern[str], memory_id: int) -> Any:
    if isinstance(value, str):
        return pattern.sub(REDACTED, value)
    if isinstance(value, list):
        return [_redact(each, pattern, memory_id) for each in value if not _is_of(each, memory_id)]
    if isinstance(value, dict):
        return {
            pattern.sub(REDACTED, key): _redact(each, pattern, memory_id)
            for key, each in value.items()
        }
    return value


def _is_of(value: Any, memory_id: int) -> bool:
    return isinstance(value, dict) and value.get("memory_id") == memory_id


def _still_said(journal: Journal, found: Memory) -> list[int]:
    if len(found.answer) < _SHORTEST:
        return []
    return [hit.message.id for hit in journal.search(f'"{found.answer}"', limit=100)]
