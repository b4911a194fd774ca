"""Every place that a memory has touched: what `memories forget --why` shows and forgetting empties.

What cannot be found is what has left the journal: exports, backups, and other people's copies.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.journal.memories import Memory, memory, select
from assistant.journal.store import Journal
from assistant.passages import Passages, passages

if TYPE_CHECKING:
    from sqlite_utils import Database

SHORTEST = 3
"""Characters: shorter texts stand in too many places to say where they come from."""

TEXT_COLUMNS = (
    ("nights", "reason"),
    ("dreams", "text"),
    ("dreams", "reason"),
    ("decisions", "reason"),
    ("conversations", "title"),
    ("exam_answers", "question"),
    ("exam_answers", "before"),
    ("exam_answers", "after"),
)
JSON_COLUMNS = (
    ("nights", "report"),
    ("stages", "result"),
    ("night_events", "data"),
    ("exam_answers", "expected"),
)
"""Where nights write down, beside the memory's own rows, what they have read and made of it."""


@dataclass(frozen=True)
class Traces:
    """Where a memory is, by the ids of what holds it."""

    memory: int
    text: str
    messages: list[int]
    """The message it came from, and the replies to that one: they go whole."""
    passages: list[int]
    """Messages of which only the sentences that say it go."""
    drafts: list[int]
    """Conversations whose draft says it."""
    lessons: int
    exam_answers: int
    dreams: list[int]
    corrections: list[int]
    """Later memories that took its place, and name it as what is wrong now."""
    mentions: dict[str, int]
    """Table -> rows of it that quote the memory: reports, stage results, live events, titles."""
    taught_in: list[int]
    """Nights whose training saw it."""
    generations: list[int]
    """Models made by those nights, and all that were built on them."""
    said_again: list[int]
    """Other messages with the same answer in them; they stay."""
    other_memories: list[int]
    """Other memories with the same answer in them; they stay."""


def traces(journal: Journal, memory_id: int) -> Traces:
    """Everything a memory has touched; raises ReverieError if there is no such memory."""
    found = memory(journal, memory_id)
    going = passages(journal, found)
    with journal.reading() as db:
        pattern = pattern_of(phrases(db, found, going))
        return Traces(
            memory=memory_id,
            text=found.text,
            messages=going.whole,
            passages=going.parts,
            drafts=sorted(going.drafts),
            lessons=_count(db, "lessons", memory_id),
            exam_answers=_count(db, "exam_answers", memory_id),
            dreams=dreams(db, memory_id),
            corrections=corrections(db, memory_id),
            mentions=_mentions(db, pattern),
            taught_in=taught_in(db, memory_id),
            generations=holders(db, memory_id),
            said_again=[each for each in said(journal, found) if each not in going.messages],
            other_memories=also(db, found),
        )


def phrases(db: "Database", found: Memory, going: Passages) -> list[str]:
    """Everything that would give the memory away, longest first."""
    sql = "SELECT question, answer FROM lessons WHERE memory_id = ?"
    lessons = [text for row in db.execute(sql, [found.id]).fetchall() for text in row]
    sql = "SELECT question, before, after FROM exam_answers WHERE memory_id = ?"
    answers = [text or "" for row in db.execute(sql, [found.id]).fetchall() for text in row]
    texts = {found.text, found.source, found.answer, *lessons, *answers, *going.sentences}
    return sorted((text for text in texts if len(text) >= SHORTEST), key=len, reverse=True)


def pattern_of(texts: Sequence[str]) -> re.Pattern[str] | None:
    """Finds any of `texts` as whole words, whatever the case; None when there are none."""
    if not texts:
        return None
    return re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in texts), re.I)


def dreams(db: "Database", memory_id: int) -> list[int]:
    """Dreams that were dreamt about a memory."""
    sql = "SELECT dream_id FROM dream_memories WHERE memory_id = ? ORDER BY dream_id"
    return [row[0] for row in db.execute(sql, [memory_id]).fetchall()]


def corrections(db: "Database", memory_id: int) -> list[int]:
    """Memories that took the place of this one."""
    sql = "SELECT id FROM memories WHERE supersedes = ? ORDER BY id"
    return [row[0] for row in db.execute(sql, [memory_id]).fetchall()]


def taught_in(db: "Database", memory_id: int) -> list[int]:
    """Nights that trained on a memory."""
    sql = "SELECT night_id FROM taught WHERE memory_id = ? ORDER BY night_id"
    return [row[0] for row in db.execute(sql, [memory_id]).fetchall()]


def holders(db: "Database", memory_id: int) -> list[int]:
    """Generations that were trained on a memory, and all that carry their experts on."""
    sql = (
        "WITH RECURSIVE holds(id) AS (SELECT id FROM generations WHERE night_id IN"
        " (SELECT night_id FROM taught WHERE memory_id = ?"
        " UNION SELECT night FROM memories WHERE id = ?) UNION"
        " SELECT generations.id FROM generations JOIN holds ON generations.parent = holds.id)"
        " SELECT id FROM holds ORDER BY id"
    )
    return [row[0] for row in db.execute(sql, [memory_id, memory_id]).fetchall()]


def said(journal: Journal, found: Memory) -> list[int]:
    """Messages with the memory's answer in them."""
    if len(found.answer) < SHORTEST:
        return []
    return [hit.message.id for hit in journal.search(f'"{found.answer}"', limit=100)]


def also(db: "Database", found: Memory) -> list[int]:
    """Other memories with the memory's answer in them."""
    pattern = pattern_of([found.answer] if len(found.answer) >= SHORTEST else [])
    if pattern is None:
        return []
    others = select(db, "id <> ? AND state <> 'forgotten'", [found.id])
    return [each.id for each in others if pattern.search(each.text)]


def _count(db: "Database", table: str, memory_id: int) -> int:
    row = db.execute(f"SELECT count(*) FROM {table} WHERE memory_id = ?", [memory_id]).fetchone()
    return int(row[0])


def _mentions(db: "Database", pattern: re.Pattern[str] | None) -> dict[str, int]:
    found: dict[str, int] = {}
    if pattern is None:
        return found
    for table, column in (*TEXT_COLUMNS, *JSON_COLUMNS):
        rows = db.execute(f"SELECT {column} FROM {table} WHERE {column} NOT NULL").fetchall()
        count = sum(pattern.search(text) is not None for (text,) in rows)
        if count:
            found[table] = found.get(table, 0) + count
    return found
