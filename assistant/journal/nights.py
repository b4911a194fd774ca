"""What the nights wrote down: read only, for status and the morning report."""

from dataclasses import dataclass
from typing import Any

from assistant.errors import ReverieError
from assistant.journal.store import Journal


@dataclass(frozen=True)
class Stage:
    """One stage of a night; `seconds` is None while it runs or if it was cut off."""

    name: str
    started: str
    seconds: float | None


@dataclass(frozen=True)
class Night:
    """One night; `report` is the morning report once there is one."""

    id: int
    started: str
    ended: str | None
    status: str
    reason: str | None
    generation: int | None
    report: dict[str, Any] | None
    pid: int | None
    stages: list[Stage]
    kind: str
    """night, or nap: new memories only."""
    scheduled: bool
    """It began by itself."""

    @property
    def running(self) -> bool:
        """Whether its process is at work now."""
        return self.ended is None and self.pid is not None and process_exists(self.pid)

    @property
    def outcome(self) -> str:
        """Its status, where a night that was killed without a word counts as interrupted."""
        return "interrupted" if self.ended is None and not self.running else self.status


def process_exists(pid: int) -> bool:
    """Whether a process of this number is at work."""
    import psutil

    return bool(psutil.pid_exists(pid))


def nights(journal: Journal, limit: int = 100) -> list[Night]:
    """The last nights, newest first."""
    with journal.reading() as db:
        rows = list(db.query("SELECT * FROM nights ORDER BY id DESC LIMIT ?", [limit]))
    return [_night(journal, row) for row in rows]


def night(journal: Journal, night_id: int) -> Night:
    """One night; raises ReverieError if there was none of this number."""
    with journal.reading() as db:
        rows = list(db.query("SELECT * FROM nights WHERE id = ?", [night_id]))
    if not rows:
        raise ReverieError(f"There was no night {night_id}", "'reverie nights' lists them.")
    return _night(journal, rows[0])


def _night(journal: Journal, row: dict[str, Any]) -> Night:
    import msgspec

    with journal.reading() as db:
        sql = "SELECT name, started, seconds FROM stages WHERE night_id = ? ORDER BY started"
        stages = [Stage(*stage) for stage in db.execute(sql, [row["id"]]).fetchall()]
    return Night(
        id=row["id"],
        started=row["started"],
        ended=row["ended"],
        status=row["status"],
        reason=row["reason"],
        generation=row["generation"],
        report=msgspec.json.decode(row["report"]) if row["report"] else None,
        pid=row["pid"],
        stages=stages,
        kind=row["kind"],
        scheduled=bool(row["scheduled"]),
    )
