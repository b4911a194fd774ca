"""A night's time: how much of it export and exam need, and what to do when it is over."""

from __future__ import annotations

from typing import Final

from assistant.journal import Journal

_UNKNOWN: Final = 0.25
"""Share of the time left that is kept for the morning before any night has been measured."""
_MOST: Final = 0.6
_MARGIN: Final = 1.2
_NIGHTS: Final = 3


class OutOfTime(Exception):
    """There is no time left to learn anything in; what was done so far is stored."""


def for_the_morning(journal: Journal, left: float) -> float:
    """Of `left` seconds, those to keep for export and exam: what they took in the last nights."""
    sql = (
        "SELECT max(took) FROM (SELECT sum(seconds) AS took FROM stages"
        " JOIN nights ON nights.id = stages.night_id"
        " WHERE name IN ('export', 'exam', 'ease', 'wake') AND status IN ('learned', 'refused')"
        " GROUP BY night_id ORDER BY night_id DESC LIMIT ?)"
    )
    with journal.reading() as db:
        took: float | None = db.execute(sql, [_NIGHTS]).fetchone()[0]
    if took is None:
        return _UNKNOWN * left
    return min(_MARGIN * took, _MOST * left)
