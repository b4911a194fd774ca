"""Is the journal whole, and a copy of it: verify, repair of the search index, backup."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import ReverieError
from assistant.journal.connection import plain_errors
from assistant.journal.records import digest
from assistant.journal.store import Journal
from assistant.paths import appearing

if TYPE_CHECKING:
    from sqlite_utils import Database

_MANY = 20


def verify(path: Path) -> list[str]:
    """What is wrong with the journal file at `path`, a sentence each; empty when it is whole.

    Checks every page and index, the references between tables, the search index against the
    messages, every message against its digest, and the file's mode. Raises BusyError when another
    program holds it.
    """
    if not path.exists():
        raise ReverieError(
            f"There is no journal at {path}", "It is made by the first conversation."
        )
    problems = _check_mode(path)
    try:
        with plain_errors(path), Journal.open(path) as journal:
            problems += _check_pages(journal.db)
            problems += _check_references(journal.db)
            problems += _check_search_index(journal.db)
            problems += _check_messages(journal.db)
    except ReverieError as error:
        if not isinstance(error.__cause__, sqlite3.DatabaseError) or error.exit_code != 1:
            raise
        problems.append(f"{error.message}.")
    return problems


def _check_mode(path: Path) -> list[str]:
    beside = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]
    return [
        f"{file} could be read by other users (mode {file.stat().st_mode & 0o777:o})."
        for file in beside
        if file.exists() and file.stat().st_mode & 0o077
    ]


def _check_pages(db: "Database") -> list[str]:
    rows = db.execute(f"PRAGMA integrity_check({_MANY})").fetchall()
    return [f"Damaged page or index: {row[0]}." for row in rows if row[0] != "ok"]


def _check_references(db: "Database") -> list[str]:
    rows = db.execute("PRAGMA foreign_key_check").fetchmany(_MANY)
    return [f"Row {row[1]} of {row[0]} refers to a row of {row[2]} that is gone." for row in rows]


def _check_search_index(db: "Database") -> list[str]:
    try:
        # rank 1: compare with the messages themselves, not only the index with itself.
        db.execute("INSERT INTO messages_fts(messages_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return ["The search index does not match the messages ('--repair' builds it anew)."]
    return []


def _check_messages(db: "Database") -> list[str]:
    """A flipped bit inside a text breaks no page: only the digest of the message shows it."""
    db.conn.create_function("digest_of", 3, digest, deterministic=True)
    sql = (
        "SELECT id, conversation_id FROM messages WHERE state <> 'streaming'"
        f" AND digest IS NOT digest_of(role, content, created) LIMIT {_MANY}"
    )
    rows = db.execute(sql).fetchall()
    return [f"Message {row[0]} of conversation {row[1]} is not what was said." for row in rows]


def rebuild_search_index(journal: Journal) -> None:
    """Build the full-text index anew from the messages."""
    with journal.writing() as db:
        db.execute("INSERT INTO messages_fts(messages_fts) VALUES ('rebuild')")


def backup(journal: Journal, target: Path) -> None:
    """A whole, checked copy of the journal as a new file `target`, 0600, while it is in use.

    The copy appears under its name only once it is complete. Raises ReverieError if `target`
    exists or cannot be written.
    """
    if target.exists():
        raise ReverieError(
            f"{target} exists already", "Choose another name; it is not overwritten."
        )
    try:
        with appearing(target) as part:
            with plain_errors(part), closing(sqlite3.connect(part)) as copy:
                journal.db.conn.backup(copy)
                # The copy inherits WAL mode; as one plain file it can be moved anywhere.
                copy.execute("PRAGMA journal_mode = DELETE")
                result = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if result != "ok":
                problem = f"The copy is damaged: {result}"
                raise ReverieError(problem, "See 'reverie journal verify'.")
    except OSError as error:
        raise ReverieError(
            f"The backup {target} cannot be written: {error.strerror}",
            "Check the folder and the free space on that disk.",
        ) from error
