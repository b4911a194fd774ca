"""What a running night tells those who watch it: written by the night, read by the screens.

One row of `night_events` each; `data` is JSON. The kinds, and the stage that tells them:

    any    progress  {done, of}
    any    budget    {seconds_left, memory_mb, on_mains, battery}; the last two null where unknown
    seed   step      {step, steps, loss, worst: {kind: nats}, recall, reward}; reward may be missing
    seed   learning  {text}: what it knows worst of all just now
    dream  dream     {text, memory_ids, state}: a dream, and what was made of it
    exam   question  {place, part, question, before, after, right, memory_id}: told once when the
                     model before the night has answered (after and right are null), and again with
                     the answer of the new one

Whatever has the words of a memory in it names the memory (`memory_id` or `memory_ids`), or says
them exactly as its lessons do: forgetting finds it by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.journal.records import now
from assistant.journal.store import Journal

if TYPE_CHECKING:
    from sqlite_utils import Database

Data = dict[str, Any]


@dataclass(frozen=True)
class NightEvent:
    """One thing that happened in a night; ids grow in the order of time."""

    id: int
    night: int
    created: str
    """ISO 8601, UTC."""
    stage: str
    kind: str
    data: Data


def tell(journal: Journal, night: int, happened: Sequence[tuple[str, str, Data]]) -> None:
    """Write (stage, kind, data) down, in one transaction."""
    import msgspec

    moment = now()
    rows = [(night, moment, s, k, msgspec.json.encode(data).decode()) for s, k, data in happened]
    with journal.writing() as db:
        db.conn.executemany(
            "INSERT INTO night_events (night_id, created, stage, kind, data)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )


def told(journal: Journal, night: int, after: int = 0) -> list[NightEvent]:
    """What a night has told since the event with id `after`, in order."""
    import msgspec

    sql = "SELECT * FROM night_events WHERE night_id = ? AND id > ? ORDER BY id"
    with journal.reading() as db:
        return [
            NightEvent(
                row["id"],
                row["night_id"],
                row["created"],
                row["stage"],
                row["kind"],
                msgspec.json.decode(row["data"]),
            )
            for row in db.query(sql, [night, after])
        ]


def untell(db: Database, memory_id: int) -> None:
    """Delete every event that names a memory, inside the caller's transaction."""
    db.execute(
        "DELETE FROM night_events WHERE json_extract(data, '$.memory_id') = :id"
        " OR EXISTS (SELECT 1 FROM json_each(data, '$.memory_ids') WHERE value = :id)",
        {"id": memory_id},
    )


def settle(journal: Journal, night: int) -> None:
    """A night has ended: drop what was of interest only while it ran.

    That is what it was learning just then, and whatever it told about memories that were forgotten
    meanwhile.
    """
    with journal.writing() as db:
        db.execute("DELETE FROM night_events WHERE kind = 'learning' AND night_id <= ?", [night])
        for (memory_id,) in db.execute(
            "SELECT id FROM memories WHERE state = 'forgotten'"
        ).fetchall():
            untell(db, memory_id)
