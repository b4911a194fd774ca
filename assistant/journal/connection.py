"""Connections to the journal file: settings for durability and privacy, and errors in plain words.

Write-ahead log with `synchronous=FULL` (a commit is on disk when it returns), foreign keys on,
`secure_delete` on (deleted rows are overwritten with zeros), the file and its companions 0600.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import BusyError, ReverieError
from assistant.paths import make_private

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_SECONDS = 10.0
"""How long a statement waits for another process before it gives up."""


def connect(path: Path, busy_seconds: float) -> "Database":
    """A new connection to the journal at `path`, which is created, empty and 0600, if missing.

    The connection may be closed from another thread, but is used by one only (see `Journal`).
    """
    from sqlite_utils import Database

    _create_private(path)
    connection = sqlite3.connect(path, timeout=busy_seconds, check_same_thread=False)
    try:
        db = Database(connection, execute_plugins=False)
        db.enable_wal()
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return db


def _create_private(path: Path) -> None:
    # SQLite gives -wal and -shm the mode of the database file, so this one decides for all three.
    make_private(path.parent)
    try:
        # A journal that is there is never opened here: closing any descriptor of a file takes away
        # all locks that this process has on it, those of its other connections as well. Another
        # program that closes the journal would then take itself for the last one, and delete the
        # write-ahead log that they still write to (sqlite.org/howtocorrupt.html, section 2.2).
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise ReverieError(
            f"The journal {path} cannot be opened: {error.strerror}",
            "Check its owner and mode, and the free space on that disk.",
        ) from error


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite raises about the file at `path` into a ReverieError with a hint."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if is_ours(error):
            raise
        raise explain(error, path) from error


def is_ours(error: sqlite3.DatabaseError) -> bool:
    """Whether `error` is a bug (broken constraint, misuse), so not for the user to mend."""
    return isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError)


def explain(error: sqlite3.DatabaseError, path: Path) -> ReverieError:
    """The ReverieError that says what `error` means for the journal at `path`."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(
            f"The journal {path} is locked by another program",
            "Close what is using it (an import, a database browser, a backup) and try again.",
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return ReverieError(
            f"The journal {path} is damaged: {error}",
            "See 'reverie journal verify' for what is wrong; then put a backup made by "
            "'reverie journal backup' in its place.",
        )
    if code == sqlite3.SQLITE_FULL:
        return ReverieError(
            f"The disk of the journal {path} is full; what was being written is not stored",
            "Make room on it and try again; everything stored earlier is there.",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return ReverieError(
            f"The journal {path} cannot be written: {error}", "Check its owner and mode."
        )
    return ReverieError(
        f"The journal {path} cannot be used: {error}", "Run 'reverie journal verify'."
    )
