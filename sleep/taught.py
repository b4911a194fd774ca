"""Which memories a night's training saw: what decides whether its model may be served.

A model is unfit when something it was taught has been forgotten, deleted or rejected since, however
that fell together in time; and forgetting bars exactly the models that hold the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def note(db: Database, night: int, taken: Iterable[Taken]) -> None:
    """Write down what this night's expert is made from, inside the caller's transaction."""
    for memory in taken:
        sql = "INSERT OR IGNORE INTO taught (night_id, memory_id) VALUES (?, ?)"
        db.execute(sql, [night, memory.id])


def only(journal: Journal, night: int, taken: Sequence[Taken]) -> list[Taken]:
    """Of `taken`, what the night was taught: a resumed night may find more, which waits."""
    with journal.reading() as db:
        sql = "SELECT memory_id FROM taught WHERE night_id = ?"
        ids = {row[0] for row in db.execute(sql, [night]).fetchall()}
    return [memory for memory in taken if memory.id in ids]


def holds_what_is_gone(db: Database, night: int) -> bool:
    """Whether the night was taught something that the user has had taken away since."""
    return bool(db.execute(_GONE, [night]).fetchone()[0])
