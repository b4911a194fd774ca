"""How far a night is, in the journal: its row, its stages and their results, its end.

Every stage's result is stored before the next begins. A night that was cut off and is resumed takes
the stored results as they are and starts with the stage that has none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from assistant.errors import NothingToDo
from assistant.journal import Journal
from assistant.journal.records import now

if TYPE_CHECKING:
    from sqlite_utils import Database

T = TypeVar("T", bound=msgspec.Struct)
Save = Callable[["Database"], object]
"""Writes what belongs to a stage's result; a result that it returns takes the place of that one."""

_LAST = "SELECT id, status, kind FROM nights ORDER BY id DESC LIMIT 1"
_UNFINISHED = ("running", "interrupted", "failed")


class Diary:
    """One night's row and stages. `say` is called with (stage, text) for a person to read."""

    def __init__(
        self, journal: Journal, night: int, say: Callable[[str, str], None], nap: bool = False
    ) -> None:
        self.journal = journal
        self.night = night
        self.say = say
        self.nap = nap
        self.seconds: dict[str, float] = {}

    @classmethod
    def begin(
        cls,
        journal: Journal,
        settings: str,
        say: Callable[[str, str], None],
        *,
        base: str = "",
        nap: bool = False,
        scheduled: bool = False,
    ) -> Diary:
        """A new night or nap on the base with this hash; what was cut off before is closed."""
        with journal.writing() as db:
            db.execute(
                "UPDATE nights SET status = 'interrupted', ended = ?, reason = ?"
                " WHERE ended IS NULL",
                [now(), "it was cut off"],
            )
            cursor = db.execute(
                "INSERT INTO nights (started, status, settings, pid, kind, scheduled, base)"
                " VALUES (?, 'running', ?, ?, ?, ?, ?)",
                [now(), settings, os.getpid(), "nap" if nap else "night", scheduled, base],
            )
            assert cursor.lastrowid is not None  # an INSERT that did not raise has made a row
            return cls(journal, cursor.lastrowid, say, nap)

    @classmethod
    def resume(cls, journal: Journal, say: Callable[[str, str], None], *, base: str = "") -> Diary:
        """The last night, if it was cut off or interrupted; NothingToDo otherwise."""
        with journal.writing() as db:
            row = db.execute(_LAST).fetchone()
            if row is None or row[1] not in _UNFINISHED:
                raise NothingToDo("No night was cut off", "'reverie sleep' starts a new one.")
            db.execute(
                "UPDATE nights SET status = 'running', ended = NULL, reason = NULL, pid = ?,"
                " base = ? WHERE id = ?",
                [os.getpid(), base, row[0]],
            )
            return cls(journal, row[0], say, row[2] == "nap")

    @classmethod
    def again(cls, first: Diary, settings: str) -> Diary:
        """A second try of a night that has ended: it begins with what that one gathered and read.

        `settings` is JSON.
        """
        with first.journal.writing() as db:
            cursor = db.execute(
                "INSERT INTO nights"
                " (started, status, settings, pid, retry_of, upto_message, kind, scheduled, base)"
                " SELECT ?, 'running', ?, ?, id, upto_message, kind, scheduled, base"
                " FROM nights WHERE id = ?",
                [now(), settings, os.getpid(), first.night],
            )
            assert cursor.lastrowid is not None  # an INSERT that did not raise has made a row
            db.execute(
                "INSERT INTO stages (night_id, name, started, ended, seconds, result)"
                " SELECT ?, name, started, ended, 0, result FROM stages"
                " WHERE night_id = ? AND name IN ('gather', 'recall')",
                [cursor.lastrowid, first.night],
            )
        return cls(first.journal, cursor.lastrowid, first.say, first.nap)

    @property
    def is_retry(self) -> bool:
        """Whether this night is the second try of another."""
        with self.journal.reading() as db:
            sql = "SELECT retry_of FROM nights WHERE id = ?"
            return db.execute(sql, [self.night]).fetchone()[0] is not None

    @classmethod
    def stopped_after(cls, journal: Journal, stage: str) -> bool:
        """Whether the last night did this stage and was cut off before its end."""
        with journal.reading() as db:
            row = db.execute(_LAST).fetchone()
            if row is None or row[1] not in _UNFINISHED:
                return False
            done = "SELECT 1 FROM stages WHERE night_id = ? AND name = ? AND ended NOT NULL"
            return db.execute(done, [row[0], stage]).fetchone() is not None

    def stage(self, name: str, result: type[T], work: Callable[[], tuple[T, Save]]) -> T:
        """Do a stage, or take its stored result.

        `work` returns the result and what to write into the journal along with it: both are stored
        in one transaction, so a stage is done or not done, never half. What can only be known then
        (has the user forgotten it meanwhile?) is decided there, see `Save`.
        """
        stored = self.result(name, result)
        if stored is not None:
            return stored
        self.say(name, "")
        started = time.monotonic()
        with self.journal.writing() as db:
            db.execute(
                "INSERT INTO stages (night_id, name, started) VALUES (?, ?, ?)"
                " ON CONFLICT (night_id, name) DO UPDATE SET started = excluded.started",
                [self.night, name, now()],
            )
        done, save = work()
        seconds = time.monotonic() - started
        with self.journal.writing() as db:
            decided = save(db)
            done = decided if isinstance(decided, result) else done
            db.execute(
                "UPDATE stages SET ended = ?, seconds = ?, result = ?"
                " WHERE night_id = ? AND name = ?",
                [now(), seconds, msgspec.json.encode(done).decode(), self.night, name],
            )
        self.seconds[name] = seconds
        return done

    def result(self, name: str, result: type[T]) -> T | None:
        """What a stage of this night has stored; None where it has not."""
        stored = self._stored(name)
        return None if stored is None else msgspec.json.decode(stored, type=result)

    def _stored(self, name: str) -> str | None:
        sql = (
            "SELECT result, seconds FROM stages WHERE night_id = ? AND name = ? AND ended NOT NULL"
        )
        with self.journal.reading() as db:
            row = db.execute(sql, [self.night, name]).fetchone()
        if row is None:
            return None
        self.seconds[name] = row[1]
        text: str = row[0]
        return text

    def end(
        self, status: str, reason: str, generation: int | None, report: dict[str, Any] | None
    ) -> None:
        """Close the night."""
        encoded = msgspec.json.encode(report).decode() if report is not None else None
        with self.journal.writing() as db:
            db.execute(
                "UPDATE nights SET ended = ?, status = ?, reason = ?, generation = ?, report = ?"
                " WHERE id = ?",
                [now(), status, reason or None, generation, encoded, self.night],
            )


def nothing_more(_db: Database) -> None:
    """For stages whose result is all there is to store."""
