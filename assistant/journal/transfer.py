"""Import and export of conversations, in the format of exchange.py.

Import is idempotent: a conversation that is already here (the same messages, said at the same
times, whether imported or had here) is not stored again, and one that has grown since gets its new
messages. Everything or nothing is stored. Imported text is not learned from until it is approved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from assistant.journal.exchange import FileConversation, FileMessage, Parent
from assistant.journal.records import Message, State, digest, now
from assistant.journal.store import Journal

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass
class Imported:
    """What an import did, in numbers."""

    conversations: int = 0
    messages: int = 0
    known: int = 0
    """Conversations that were already here."""
    approved: int = 0
    """Conversations that nights may learn from now, and could not before."""
    _claimed: set[int] = field(default_factory=set, repr=False)


def export_conversations(journal: Journal, only: int | None = None) -> Iterator[FileConversation]:
    """Every conversation that has messages (or `only` one), oldest first."""
    sql = "SELECT id FROM conversations ORDER BY id"
    ids = [only] if only is not None else [row[0] for row in journal.db.execute(sql).fetchall()]
    for conversation_id in ids:
        conversation = journal.conversation(conversation_id)
        messages = journal.messages(conversation_id)
        if messages:
            yield FileConversation(
                conversation.title,
                _as_file_messages(messages),
                conversation.system,
                conversation.off_record,
            )


def _as_file_messages(messages: list[Message]) -> list[FileMessage]:
    places = {message.id: place for place, message in enumerate(messages)}
    previous: int | None = None
    entries = []
    for message in messages:
        parent: Parent = msgspec.UNSET
        if message.parent_id != previous:
            parent = None if message.parent_id is None else places[message.parent_id]
        previous = message.id
        entries.append(
            FileMessage(
                role=message.role,
                content=message.content,
                time=message.created,
                parent=parent,
                state=_file_state(message.state),
                off_record=message.off_record,
            )
        )
    return entries


def _file_state(state: State) -> Literal["stopped", "interrupted"] | msgspec.UnsetType:
    if state == "complete":
        return msgspec.UNSET
    return "interrupted" if state == "streaming" else state


def import_conversations(
    journal: Journal, conversations: list[FileConversation], trust: bool = False
) -> Imported:
    """Store what is not here yet, in one transaction; `trust` approves what the file holds."""
    done = Imported()
    with journal.writing() as db:
        # Exact matches go first, so that none of them is taken for a shorter one's growth.
        grown = [entry for entry in conversations if not _match_exact(db, entry, trust, done)]
        for entry in grown:
            if not _match_grown(db, entry, trust, done):
                _add(db, entry, trust, done)
    return done


def _match_exact(db: "Database", entry: FileConversation, trust: bool, done: Imported) -> bool:
    for candidate, stored in _candidates(db, entry, done):
        if stored == entry.key:
            _claim(db, candidate, trust, done)
            return True
    return False


def _match_grown(db: "Database", entry: FileConversation, trust: bool, done: Imported) -> bool:
    for candidate, stored in _candidates(db, entry, done):
        common = min(len(stored), len(entry.messages))
        if stored[:common] != entry.key[:common]:
            continue
        tail = entry.messages[common:]
        # A file must not slip text that nobody approved into an approved conversation.
        if tail and not trust and _is_approved(db, candidate):
            continue
        ids = _message_ids(db, candidate)
        done.messages += _add_messages(db, candidate, entry, ids)
        _claim(db, candidate, trust, done)
        return True
    return False


def _candidates(
    db: "Database", entry: FileConversation, done: Imported
) -> Iterator[tuple[int, list[tuple[str, str, str]]]]:
    """Conversations that begin with the first message of `entry`, and what they hold."""
    first = entry.messages[0]
    sql = (
        "SELECT conversation_id FROM messages"
        " WHERE parent_id IS NULL AND created = ? AND role = ? AND content = ?"
        " ORDER BY id"
    )
    for (candidate,) in db.execute(sql, [first.time, first.role, first.content]).fetchall():
        if candidate not in done._claimed:
            rows = db.execute(
                "SELECT role, content, created FROM messages WHERE conversation_id = ? ORDER BY id",
                [candidate],
            )
            yield candidate, [tuple(row) for row in rows.fetchall()]


def _claim(db: "Database", conversation_id: int, trust: bool, done: Imported) -> None:
    done.known += 1
    done._claimed.add(conversation_id)
    if trust and not _is_approved(db, conversation_id):
        approve(db, conversation_id)
        done.approved += 1


def _is_approved(db: "Database", conversation_id: int) -> bool:
    sql = "SELECT approved FROM conversations WHERE id = ?"
    return bool(db.execute(sql, [conversation_id]).fetchone()[0])


def _add(db: "Database", entry: FileConversation, trust: bool, done: Imported) -> None:
    import uuid

    row = [str(uuid.uuid4()), entry.title, now(), entry.system, entry.off_record, trust]
    cursor = db.execute(
        "INSERT INTO conversations (uuid, title, created, system, off_record, origin, approved)"
        " VALUES (?, ?, ?, ?, ?, 'import', ?)",
        row,
    )
    conversation_id = cursor.lastrowid
    assert conversation_id is not None  # an INSERT that did not raise has made a row
    done._claimed.add(conversation_id)
    done.conversations += 1
    done.approved += trust
    done.messages += _add_messages(db, conversation_id, entry, [])


def _add_messages(
    db: "Database", conversation_id: int, entry: FileConversation, ids: list[int]
) -> int:
    """Store the messages of `entry` after those that are `ids` already; return how many."""
    tail = entry.messages[len(ids) :]
    ids = [*ids, *_next_ids(db, len(tail))]
    start = len(ids) - len(tail)
    rows = []
    for place, message in enumerate(tail, start):
        before = place - 1 if place else None
        parent = before if message.parent is msgspec.UNSET else message.parent
        parent_id = None if parent is None else ids[parent]
        quiet = message.off_record or entry.off_record
        row = (conversation_id, parent_id, message.role, message.content, message.time)
        state = "complete" if message.state is msgspec.UNSET else message.state
        sealed = digest(message.role, message.content, message.time)
        rows.append((ids[place], *row, state, quiet, sealed))
    db.conn.executemany(
        "INSERT INTO messages"
        " (id, conversation_id, parent_id, role, content, created, state, off_record, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return len(tail)


def approve(db: "Database", conversation_id: int) -> None:
    """Let nights learn from a conversation, inside the caller's transaction.

    A night reads on from the last message that an earlier one has read, so messages which it has
    passed by while they were not approved are moved to the end: they get new ids.
    """
    db.execute("UPDATE conversations SET approved = 1 WHERE id = ?", [conversation_id])
    ids = _message_ids(db, conversation_id)
    read = db.execute("SELECT coalesce(max(upto_message), 0) FROM nights").fetchone()[0]
    if not ids or ids[0] > read:
        return
    new = _next_ids(db, len(ids))
    db.conn.executemany("UPDATE messages SET id = ? WHERE id = ?", zip(new, ids, strict=True))
    # SQLite moves its counter for inserts only.
    db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'messages'", [new[-1]])


def _message_ids(db: "Database", conversation_id: int) -> list[int]:
    sql = "SELECT id FROM messages WHERE conversation_id = ? ORDER BY id"
    return [row[0] for row in db.execute(sql, [conversation_id]).fetchall()]


def _next_ids(db: "Database", count: int) -> range:
    """Message ids that were never used, for a transaction that holds the write lock."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
    first = (row[0] if row else 0) + 1
    return range(first, first + count)
