"""Why a night that nobody asked for did or did not begin, pause or end."""

from dataclasses import dataclass
from typing import Literal

from assistant.journal.records import now
from assistant.journal.store import Journal

Verb = Literal["waited", "began", "resumed", "yielded", "ended"]
"""waited: a night was due, and the moment was wrong. began, resumed: it was started. yielded: it
stopped for somebody or something. ended: it came to its end."""


@dataclass(frozen=True)
class Decision:
    """One decision; `reason` is for people to read."""

    created: str
    """ISO 8601, UTC. One that is made again and again stands once, with its first time."""
    decision: str
    reason: str
    night: int | None


def decide(journal: Journal, decision: Verb, reason: str, night: int | None = None) -> None:
    """Write a decision down, unless it is the one that stands last already."""
    with journal.writing() as db:
        before = db.execute(
            "SELECT decision, reason, night_id FROM decisions ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if before is None or tuple(before) != (decision, reason, night):
            db.execute(
                "INSERT INTO decisions (created, decision, reason, night_id) VALUES (?, ?, ?, ?)",
                [now(), decision, reason, night],
            )


def decisions(journal: Journal, limit: int = 20) -> list[Decision]:
    """The last decisions, newest first."""
    sql = "SELECT created, decision, reason, night_id FROM decisions ORDER BY id DESC LIMIT ?"
    with journal.reading() as db:
        return [Decision(*row) for row in db.execute(sql, [limit]).fetchall()]
