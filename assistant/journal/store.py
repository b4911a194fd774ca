"""The `Journal`: conversations and messages, durable the moment a call returns."""

import os
import threading
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from assistant.errors import ReverieError
from assistant.journal import migrations
from assistant.journal.connection import BUSY_SECONDS, connect, plain_errors
from assistant.journal.records import Conversation, Hit, Message, Role, State, digest, now
from assistant.journal.search import search

if TYPE_CHECKING:
    from sqlite_utils import Database

_PAGE = 500


class Journal:
    """One journal file, open in this process.

    Threads: any thread may use it. Each gets a connection of its own at first use, so that a
    transaction belongs to one thread; SQLite serializes the writers, as it does between processes.
    Close it when the other threads are done.

    Errors: a locked, damaged, full or unwritable journal raises ReverieError (locked: BusyError,
    after waiting `busy_seconds`), here and inside `reading` and `writing`.
    """

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._open: weakref.WeakSet[Database] = weakref.WeakSet()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, busy_seconds: float = BUSY_SECONDS) -> "Journal":
        """Open the journal at `path`, creating or upgrading it, and settle replies cut off."""
        journal = cls(path, busy_seconds)
        try:
            with journal.reading() as db:
                current = migrations.is_current(db)
            if not current:
                with journal.writing() as db:
                    migrations.migrate(db)
            journal._settle_cut_off_replies()
        except BaseException:
            journal.close()
            raise
        return journal

    @property
    def db(self) -> "Database":
        """This thread's connection. Use `writing` for more than one write statement."""
        db: Database | None = getattr(self._local, "db", None)
        if db is None:
            with plain_errors(self.path):
                db = connect(self.path, self._busy_seconds)
            self._local.db = db
            with self._lock:
                self._open.add(db)
        return db

    @contextmanager
    def reading(self) -> Iterator["Database"]:
        """This thread's connection, with SQLite's errors in plain words."""
        with plain_errors(self.path):
            yield self.db

    @contextmanager
    def writing(self) -> Iterator["Database"]:
        """One transaction: all of it on disk when the block ends, nothing of it if it raises.

        Takes the write lock at once (BEGIN IMMEDIATE), so a busy journal is found before work is
        done, and what the block read is still true when it writes. Nests as a savepoint.
        """
        with plain_errors(self.path):
            db = self.db
            if db.conn.in_transaction:
                with db.atomic():
                    yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.commit()
            except BaseException:
                db.rollback()
                raise

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for db in list(self._open):
                db.close()
            self._open.clear()
        self._local = threading.local()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- conversations

    def new_conversation(
        self, title: str = "", system: str | None = None, off_record: bool = False
    ) -> int:
        """Start a conversation and return its id."""
        row = (str(uuid.uuid4()), title, now(), system, int(off_record))
        with self.writing() as db:
            cursor = db.execute(
                "INSERT INTO conversations (uuid, title, created, system, off_record)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            )
            return _new_id(cursor.lastrowid)

    def conversation(self, conversation_id: int) -> Conversation:
        """One conversation; raises ReverieError if it does not exist."""
        with self.reading() as db:
            rows = list(db.query("SELECT * FROM conversations WHERE id = ?", [conversation_id]))
        if not rows:
            raise ReverieError(
                f"There is no conversation {conversation_id}",
                "'reverie journal search' shows the conversations' numbers.",
            )
        return Conversation.of(rows[0])

    def conversations(self, limit: int = 50) -> list[Conversation]:
        """The newest conversations, newest first."""
        with self.reading() as db:
            sql = "SELECT * FROM conversations ORDER BY id DESC LIMIT ?"
            return [Conversation.of(row) for row in db.query(sql, [limit])]

    # -- messages

    def add_message(
        self,
        conversation_id: int,
        role: Role,
        content: str,
        parent_id: int | None = None,
        generation: int | None = None,
        state: State = "complete",
        off_record: bool = False,
    ) -> int:
        """Store a message and return its id; it is on disk when this returns.

        In a conversation that is off the record, so is every message. A reply that is about to
        stream is stored with state `streaming`, then grows by `append_reply`.
        """
        created = now()
        row = (conversation_id, parent_id, role, content, created, generation, state, off_record)
        streams = state == "streaming"
        writer = _this_process() if streams else None
        sealed = None if streams else digest(role, content, created)
        with self.writing() as db:
            cursor = db.execute(
                "INSERT INTO messages (conversation_id, parent_id, role, content, created,"
                " generation, state, off_record, writer, digest) SELECT ?, ?, ?, ?, ?, ?, ?,"
                " max(?, off_record), ?, ? FROM conversations WHERE id = ?",
                [*row, writer, sealed, conversation_id],
            )
            if cursor.rowcount != 1:
                raise ReverieError(
                    f"Conversation {conversation_id} no longer exists, so nothing can be added",
                    "Start a new conversation.",
                )
            return _new_id(cursor.lastrowid)

    def append_reply(self, message_id: int, text: str) -> None:
        """Add `text` to a streaming reply; on disk when this returns."""
        self._change_reply("content = content || ?", [text], message_id)

    def finish_reply(self, message_id: int, state: State) -> None:
        """End a streaming reply as `complete`, `stopped` or `interrupted`."""
        with self.writing() as db:
            sealed = _digest_of(db, message_id)
            change = "state = ?, writer = NULL, digest = ?"
            self._change_reply(change, [state, sealed], message_id)

    def _change_reply(self, change: str, values: list[str | None], message_id: int) -> None:
        sql = f"UPDATE messages SET {change} WHERE id = ? AND state = 'streaming'"
        with self.writing() as db:
            if db.execute(sql, [*values, message_id]).rowcount != 1:
                raise ReverieError(
                    f"The reply {message_id} is not being written: it was ended or deleted",
                    "Ask again.",
                )

    def message(self, message_id: int) -> Message:
        """One message; raises ReverieError if it does not exist."""
        with self.reading() as db:
            rows = list(db.query("SELECT * FROM messages WHERE id = ?", [message_id]))
        if not rows:
            raise ReverieError(f"There is no message {message_id}", "It may have been deleted.")
        return Message.of(rows[0])

    def thread(self, message_id: int) -> list[Message]:
        """The messages from the beginning of the conversation to `message_id`, along parents."""
        sql = (
            "WITH RECURSIVE line(id, parent_id, depth) AS ("
            " SELECT id, parent_id, 0 FROM messages WHERE id = ?"
            " UNION ALL SELECT messages.id, messages.parent_id, depth + 1"
            " FROM messages JOIN line ON messages.id = line.parent_id)"
            " SELECT messages.* FROM messages JOIN line ON line.id = messages.id"
            " ORDER BY depth DESC"
        )
        with self.reading() as db:
            return [Message.of(row) for row in db.query(sql, [message_id])]

    def last_leaf(self, conversation_id: int) -> int | None:
        """The newest message of a conversation, where it is continued; None if it has none."""
        with self.reading() as db:
            sql = "SELECT max(id) AS id FROM messages WHERE conversation_id = ?"
            leaf: int | None = next(db.query(sql, [conversation_id]))["id"]
            return leaf

    def messages(self, conversation_id: int) -> list[Message]:
        """Every message of a conversation, all branches, in the order they were said."""
        with self.reading() as db:
            sql = "SELECT * FROM messages WHERE conversation_id = ? ORDER BY id"
            return [Message.of(row) for row in db.query(sql, [conversation_id])]

    def search(self, query: str, limit: int = 20) -> list[Hit]:
        """Messages on record that hold every word of `query`, best first (see search.py)."""
        with self.reading() as db:
            return search(db, query, limit)

    def since(self, message_id: int, limit: int | None = None) -> Iterator[Message]:
        """What a night may read: messages after `message_id`, on record and approved, in order.

        Costs in proportion to what is new, and holds no read transaction between pages, so a slow
        reader does not keep the write-ahead log growing.
        """
        sql = (
            "SELECT messages.* FROM messages"
            " JOIN conversations ON conversations.id = messages.conversation_id"
            " WHERE messages.id > ? AND messages.off_record = 0 AND messages.state <> 'streaming'"
            " AND conversations.approved = 1 AND conversations.off_record = 0"
            " ORDER BY messages.id LIMIT ?"
        )
        left = limit
        while left is None or left > 0:
            size = _PAGE if left is None else min(_PAGE, left)
            with self.reading() as db:
                page = [Message.of(row) for row in db.query(sql, [message_id, size])]
            yield from page
            if len(page) < size:
                return
            message_id = page[-1].id
            left = None if left is None else left - size

    def _settle_cut_off_replies(self) -> None:
        # A reply still `streaming` whose writer is gone was cut off by a kill or a power cut.
        sql = "SELECT id, writer FROM messages WHERE state = 'streaming'"
        with self.reading() as db:
            rows = list(db.query(sql))
        for row in rows:
            if not _is_alive(row["writer"]):
                with self.writing() as db:
                    db.execute(
                        "UPDATE messages SET state = 'interrupted', writer = NULL, digest = ?"
                        " WHERE id = ? AND state = 'streaming'",
                        [_digest_of(db, row["id"]), row["id"]],
                    )


def _digest_of(db: "Database", message_id: int) -> str | None:
    sql = "SELECT role, content, created FROM messages WHERE id = ?"
    row = db.execute(sql, [message_id]).fetchone()
    return None if row is None else digest(*row)


def _new_id(lastrowid: int | None) -> int:
    if lastrowid is None:
        raise RuntimeError("an INSERT returned no row id")
    return lastrowid


@cache
def _process_name(pid: int) -> str | None:
    # The start time tells a process from a later one that got the same number.
    import psutil

    try:
        return f"{pid}:{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return None


def _this_process() -> str | None:
    return _process_name(os.getpid())


def _is_alive(writer: str | None) -> bool:
    if writer is None:
        return False
    pid = int(writer.partition(":")[0])
    return _process_name.__wrapped__(pid) == writer
