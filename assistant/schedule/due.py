"""Whether a night or a nap is due, from the clock and from what the journal holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from assistant.journal import Journal
from assistant.journal.nights import Night, nights
from assistant.journal.records import canonical_time
from assistant.schedule.outlook import slept_since, window
from assistant.settings import ScheduleSettings

_NAP_EVERY: Final = timedelta(hours=3)
_TRIES: Final = 5
"""How often a night that is cut off is taken up again before the schedule lets it be."""


@dataclass(frozen=True)
class Due:
    """What to do now, why, and by when it must be over (None: no matter)."""

    what: Literal["night", "nap", "resume"]
    reason: str
    until: datetime | None
    night: int | None = None
    """The night to be resumed."""


def due(journal: Journal, rules: ScheduleSettings, now: datetime) -> Due | None:
    """What is due at `now` (local time with its zone); None: nothing is."""
    hours = window(rules)
    start, end = hours.last(now)
    inside = now < end
    until = end if inside else None
    last = next(iter(nights(journal, limit=1)), None)
    if last is not None and last.running:
        return None
    if not slept_since(journal, start) and not _gave_up(last, start):
        if last is not None and _resumable(journal, last):
            return Due("resume", f"night {last.id} was cut off", until, last.id)
        if inside and something_new(journal):
            return Due("night", f"it is within {hours}", until)
        if not inside and something_new(journal, end):
            return Due("night", f"the night of {start:%d %B} was missed", None)
    if rules.naps and not inside and _nap_worth(journal, last, now):
        return Due("nap", "something new was said", None)
    return None


def _gave_up(last: Night | None, start: datetime) -> bool:
    """A night that failed is not tried again before the next window: nothing would be different."""
    return last is not None and last.status == "failed" and last.started >= canonical_time(start)


def _resumable(journal: Journal, last: Night) -> bool:
    if last.outcome not in ("interrupted", "failed"):
        return False
    sql = "SELECT count(*) FROM decisions WHERE decision = 'resumed' AND night_id = ?"
    with journal.reading() as db:
        return bool(db.execute(sql, [last.id]).fetchone()[0] < _TRIES)


def something_new(journal: Journal, before: datetime | None = None) -> bool:
    """Whether there is something to learn: messages that no night has read, memories in the prompt.

    With `before`: something that was there by then.
    """
    by = "9999" if before is None else canonical_time(before)
    with journal.reading() as db:
        read = db.execute("SELECT coalesce(max(upto_message), 0) FROM nights").fetchone()[0]
        waiting = "SELECT 1 FROM memories WHERE state IN ('waiting', 'refused') AND created < ?"
        if db.execute(waiting, [by]).fetchone():
            return True
    return any(x.role == "user" and x.created < by for x in journal.since(read))


def _nap_worth(journal: Journal, last: Night | None, now: datetime) -> bool:
    rested = canonical_time(now - _NAP_EVERY)
    if last is not None and (last.ended or last.started) > rested:
        return False
    with journal.reading() as db:
        read = db.execute("SELECT coalesce(max(upto_message), 0) FROM nights").fetchone()[0]
    return any(message.role == "user" for message in journal.since(read))
