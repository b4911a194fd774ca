"""When the next night comes by itself, and what was decided last: what `reverie status` says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal.decisions import decisions
from assistant.paths import Paths
from assistant.schedule.hours import Hours
from assistant.schedule.timers import timer
from assistant.settings import ScheduleSettings

FINISHED = ("learned", "nothing", "refused")
"""Ends of a night after which the next one is due in the next window."""


def window(rules: ScheduleSettings) -> Hours:
    """The hours in which nights happen."""
    hours = Hours.parse(rules.window)
    assert hours is not None  # the setting's pattern has no room for an empty one
    return hours


def installed(paths: Paths) -> bool:
    """Whether something on this machine starts nights by itself."""
    try:
        return timer(paths).installed
    except ReverieError:  # a system without a timer that Reverie knows
        return False


def next_night(
    journal: Journal, paths: Paths, rules: ScheduleSettings, now: datetime
) -> dict[str, Any] | None:
    """When the next night is due (now: already), and its window; None without a schedule.

    `now` is local time with its zone.
    """
    if not installed(paths):
        return None
    hours = window(rules)
    due = now if hours.hold(now) and not slept_since(journal, hours.last(now)[0]) else None
    at = due or hours.next_start(now)
    return {"at": at.isoformat(timespec="minutes"), "window": rules.window}


def slept_since(journal: Journal, moment: datetime) -> bool:
    """Whether a whole night, no nap, has come to its end since then."""
    from assistant.journal.records import canonical_time

    marks = ", ".join("?" * len(FINISHED))
    sql = f"SELECT 1 FROM nights WHERE kind = 'night' AND ended >= ? AND status IN ({marks})"
    with journal.reading() as db:
        row = db.execute(sql, [canonical_time(moment), *FINISHED]).fetchone()
    return row is not None


def last_decision(journal: Journal) -> dict[str, Any] | None:
    """The decision that stands last, as JSON."""
    found = decisions(journal, limit=1)
    if not found:
        return None
    last = found[0]
    return {
        "at": last.created,
        "decision": last.decision,
        "reason": last.reason,
        "night": last.night,
    }
