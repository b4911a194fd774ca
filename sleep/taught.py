"""Which memories a night's training saw: what decides whether its model may be served.

A model is unfit when something it was taught has been forgotten, deleted or rejected since, however
that fell together in time; and forgetting bars exactly the models that hold the memory. Noted is
what is new in a night. Older memories, which it rehearses, dreams about or moves to another level,
are in the generation that it builds on: whatever bars that one bars all that came from it
(`assistant.traces.holders`), the experts that took over from its experts included.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.journal import Journal
from sleep.ledger import Taken

if TYPE_CHECKING:
    from sqlite_utils import Database

_GONE: Final = """
SELECT count(*) FROM taught LEFT JOIN memories ON memories.id = taught.memory_id
WHERE taught.night_id = ?
AND (memories.id IS NULL OR memories.state IN ('forgotten', 'rejected'))
"""


def begin(
    journal: Journal,
    night: int,
    waiting: Sequence[Taken],
    work: Path,
    choose: Callable[[Sequence[Taken]], list[Taken]],
) -> list[Taken]:
    """Note what training is about to see, before it does; returns that.

    `choose` takes it from all that waits. A night that goes on where it was cut off keeps to what
    it saw then: more than that waits. Where some of it has been taken away since, what lies in
    `work` is deleted, and it starts afresh.
    """
    with journal.reading() as db:
        seen = _noted(db, night)
    if seen and seen <= {memory.id for memory in waiting}:
        return [memory for memory in waiting if memory.id in seen]
    taken = choose(waiting)
    with journal.writing() as db:
        shutil.rmtree(work)
        db.execute("DELETE FROM taught WHERE night_id = ?", [night])
        for memory in taken:
            sql = "INSERT INTO taught (night_id, memory_id) VALUES (?, ?)"
            db.execute(sql, [night, memory.id])
    return taken


def only(journal: Journal, night: int, taken: Sequence[Taken]) -> list[Taken]:
    """Of `taken`, what the night was taught: a resumed night may find more, which waits."""
    with journal.reading() as db:
        seen = _noted(db, night)
    return [memory for memory in taken if memory.id in seen]


def holds_what_is_gone(db: Database, night: int) -> bool:
    """Whether the night was taught something that the user has had taken away since."""
    return bool(db.execute(_GONE, [night]).fetchone()[0])


def _noted(db: Database, night: int) -> set[int]:
    sql = "SELECT memory_id FROM taught WHERE night_id = ?"
    return {row[0] for row in db.execute(sql, [night]).fetchall()}
