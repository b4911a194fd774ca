"""Forgetting: one memory, and everything that came from it, out of the machine's mind and its file.

At once: the memory's text, its lessons, dreams and exam answers, the message it came from or the
passage in it, replies and drafts that say it (`assistant.passages`), and every mention in what
nights wrote down; the search index is rebuilt and the file rewritten, so that no free page keeps
them. Every model that was trained on it is
barred and its files are deleted; the newest one that never held it (at the latest the base) is
served instead. What else those models knew returns to the prompt, and the next night teaches it
again, to experts that never saw the memory. What remains is said in `Forgotten`.
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from assistant import traces
from assistant.generations import BASE, Generations
from assistant.journal import events
from assistant.journal.deletion import (
    Deleted,
    delete_conversation,
    delete_message,
    rewrite_message,
    scrub,
)
from assistant.journal.memories import Memory, memory, select
from assistant.journal.nights import process_exists
from assistant.journal.records import now
from assistant.journal.store import Journal
from assistant.passages import REDACTED, Passages, draws_on, passages
from assistant.traces import JSON_COLUMNS, TEXT_COLUMNS

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True)
class Forgotten:
    """What forgetting a memory did, and what it could not do."""

    memory: int
    messages: int
    """Messages deleted."""
    passages: int
    """Messages, and drafts, out of which only what says it was taken."""
    barred: list[int]
    """Generations that were trained on it: never served again, their files deleted."""
    serving: int
    was_serving: int
    waiting_again: Sequence[int]
    """Other memories that went back to the prompt."""
    still_said: list[int]
    """Messages that have the same answer in them, and are still there."""
    other_memories: list[int]
    """Other memories with the answer in them, that are still there, too."""
    emptied: bool
    """False: another program kept the write-ahead log; old text goes when it closes."""


def forget(journal: Journal, generations: Generations, memory_id: int) -> Forgotten:
    """Forget a memory. Raises ReverieError if it does not exist; then nothing has changed."""
    done = _forget(journal, generations, memory_id)
    return replace(done, emptied=scrub(journal))


def memories_of(journal: Journal, conversation_id: int) -> list[int]:
    """Memories that came from a conversation."""
    messages = "SELECT id FROM messages WHERE conversation_id = ?"
    with journal.reading() as db:
        return [m.id for m in select(db, f"message_id IN ({messages})", [conversation_id])]


def forget_conversation(
    journal: Journal, generations: Generations, conversation_id: int, *, learned: bool
) -> tuple[list[Forgotten], Deleted, bool]:
    """Delete a conversation; forget every memory that came from it, too, if `learned`.

    What is in no model goes anyway, with what nights wrote about it. The last value is False where
    another program keeps old pages (see `Forgotten.emptied`).
    """
    gone = []
    while learned and (found := memories_of(journal, conversation_id)):
        gone.append(_forget(journal, generations, found[0]))
    with journal.writing() as db:
        for number in memories_of(journal, conversation_id):
            waiting = memory(journal, number)
            if waiting.level == 0:
                _unmention(db, waiting, Passages())
        done = delete_conversation(journal, conversation_id)
    return gone, done, scrub(journal)


def _forget(journal: Journal, generations: Generations, memory_id: int) -> Forgotten:
    """All but rewriting the journal's file."""
    found = memory(journal, memory_id)
    was_serving = generations.current_id()
    with journal.writing() as db:
        going = passages(journal, found)
        barred = traces.holders(db, memory_id)
        cut_off = _close_nights(db, memory_id, barred)
        _take_out(db, found, going)
        _delete_dreams(db, memory_id)
        _correct_corrections(db, memory_id, found.answer)
        _unmention(db, found, going)
        others = traces.also(db, found)
        events.untell(db, memory_id)
        _empty_memory(db, memory_id)
        for number in barred:
            db.execute("UPDATE generations SET holds_forgotten = 1 WHERE id = ?", [number])
        serving = was_serving
        waiting: Sequence[int] = []
        if was_serving in barred:
            serving = _newest_clean(generations, was_serving)
            waiting = generations.switch(serving)
    for night in cut_off:
        shutil.rmtree(generations.paths.night_work(night), ignore_errors=True)
    generations.purge_barred()
    return Forgotten(
        memory=memory_id,
        messages=len(going.whole),
        passages=len(going.parts) + len(going.drafts),
        barred=barred,
        serving=serving,
        was_serving=was_serving,
        waiting_again=waiting,
        still_said=traces.said(journal, found),
        other_memories=others,
        emptied=False,
    )


def _newest_clean(generations: Generations, served: int) -> int:
    """The newest generation of the same base from before the served one that may be served.

    The base at the latest. Not only ancestors: after a rollback, others may know more of what is
    to be kept.
    """
    older = [each for each in generations.list() if each.id < served and each.usable]
    made_from = generations.base_of(served)
    return max((each.id for each in older if each.base == made_from), default=BASE)


def _close_nights(db: "Database", memory_id: int, barred: Sequence[int]) -> list[int]:
    """End nights that were cut off after they were taught it; one at work refuses by itself.

    So are nights that build on a `barred` generation: they may rehearse it, or dream about it.
    """
    marks = ", ".join("?" * len(barred))
    sql = (
        "SELECT id, pid, ended FROM nights WHERE status IN ('running', 'interrupted', 'failed')"
        " AND (id IN (SELECT night_id FROM taught WHERE memory_id = ?)"
        " OR id IN (SELECT night_id FROM stages WHERE name = 'grow'"
        f" AND json_extract(result, '$.parent') IN ({marks})))"
    )
    closed = []
    for night, pid, ended in db.execute(sql, [memory_id, *barred]).fetchall():
        if ended is None and pid is not None and process_exists(pid):
            continue
        reason = "something it was taught was taken away meanwhile"
        db.execute(
            "UPDATE nights SET status = 'refused', ended = ?, reason = ? WHERE id = ?",
            [now(), reason, night],
        )
        closed.append(night)
    return closed


def _take_out(db: "Database", found: Memory, going: Passages) -> None:
    """Take what says it out of messages and drafts."""
    from assistant.turn import title_of  # which loads llama.cpp; the screens open without it

    for number, kept in going.messages.items():
        for other in select(db, "message_id = ? AND id <> ?", [number, found.id]):
            stays = kept is not None and draws_on(kept, other)
            sql = "UPDATE memories SET source = ?, message_id = ? WHERE id = ?"
            values = [kept, number] if stays else [other.text, None]
            db.execute(sql, [*values, other.id])
        # A conversation is called after its first message.
        db.execute(
            "UPDATE conversations SET title = ? WHERE title <> '' AND id ="
            " (SELECT conversation_id FROM messages WHERE id = ? AND parent_id IS NULL)",
            [title_of(kept or ""), number],
        )
        if kept is None:
            delete_message(db, number)
        else:
            rewrite_message(db, number, kept)
    for number, kept in going.drafts.items():
        if kept is None:
            db.execute("DELETE FROM drafts WHERE conversation_id = ?", [number])
        else:
            sql = "UPDATE drafts SET text = ? WHERE conversation_id = ?"
            db.execute(sql, [kept, number])


def _delete_dreams(db: "Database", memory_id: int) -> None:
    for dream in traces.dreams(db, memory_id):
        db.execute("DELETE FROM dreams WHERE id = ?", [dream])


def _correct_corrections(db: "Database", memory_id: int, answer: str) -> None:
    """Take the old answer out of the memories that came in this one's place."""
    for later in traces.corrections(db, memory_id):
        db.execute("UPDATE memories SET contradicts = '[]' WHERE id = ?", [later])
        if len(answer) < traces.SHORTEST:
            continue
        for table, columns in (
            ("lessons", "question || ' ' || answer"),
            ("exam_answers", "question || ' ' || coalesce(before, '') || ' ' || after"),
        ):
            sql = f"DELETE FROM {table} WHERE memory_id = ? AND instr(lower({columns}), ?)"
            db.execute(sql, [later, answer.lower()])


def _empty_memory(db: "Database", memory_id: int) -> None:
    # The empty row stays: a night that was taught it sees in it that its model must not be served.
    db.execute("DELETE FROM lessons WHERE memory_id = ?", [memory_id])
    db.execute("DELETE FROM exam_answers WHERE memory_id = ?", [memory_id])
    db.execute(
        "UPDATE memories SET state = 'forgotten', text = '', subject = '', source = '',"
        " answer = '', contradicts = '[]', reason = NULL, message_id = NULL WHERE id = ?",
        [memory_id],
    )


def _unmention(db: "Database", found: Memory, going: Passages) -> None:
    """Take it out of what nights wrote down."""
    pattern = traces.pattern_of(traces.phrases(db, found, going))
    if pattern is not None:
        _redact_texts(db, pattern)
        _redact_records(db, pattern, found.id)


def _redact_texts(db: "Database", pattern: re.Pattern[str]) -> None:
    for table, column in TEXT_COLUMNS:
        rows = db.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} NOT NULL").fetchall()
        for rowid, text in rows:
            if pattern.search(text):
                sql = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
                db.execute(sql, [pattern.sub(REDACTED, text), rowid])


def _redact_records(db: "Database", pattern: re.Pattern[str], memory_id: int) -> None:
    """Take the phrases, and records that name the memory, out of reports and stage results."""
    for table, column in JSON_COLUMNS:
        rows = db.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} NOT NULL").fetchall()
        for rowid, text in rows:
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
