"""Whether this is a good moment for a night, and whether it still is while one runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from assistant.schedule.hours import Hours
from assistant.settings import ScheduleSettings
from sleep.manners.readings import Readings

CHAT_QUIET_S: Final = 600
"""Somebody who has said nothing for so long is taken to have gone, where nothing else is known."""
_SPARE_MEMORY: Final = 300 * 2**20
"""Bytes that must stay available for others while a night runs."""
_SPARE_DISK: Final = 200 * 2**20


def objections(now: Readings, rules: ScheduleSettings, disk: int, clock: datetime) -> Iterator[str]:
    """Why a night should not begin at this moment; nothing when it may, if there is memory for it.

    disk: bytes that it will write. Whether it fits into memory takes longer to say, and is asked
    when nothing else is in the way.
    The words stay the same while the reason does, so that it is written down once.
    """
    quiet = Hours.parse(rules.quiet)
    if quiet is not None and quiet.hold(clock):
        yield f"it is within the quiet hours ({quiet})"
    yield from _somebody(now, rules)
    yield from _machine(now, rules)
    if now.load > rules.load:
        yield f"other programs use more than {rules.load:.0%} of the processor"
    if now.disk < disk:
        yield f"a night needs {disk / 1e9:,.1f} GB of free disk"


def _somebody(now: Readings, rules: ScheduleSettings) -> Iterator[str]:
    least = 60 * rules.idle_minutes
    if now.chat_s is not None and now.chat_s < max(least, CHAT_QUIET_S):
        yield "somebody was talking to me a short while ago"
    elif not least:
        return
    elif now.idle_s is None:
        yield "it cannot be told whether somebody is using this machine"
    elif now.idle_s < least:
        yield f"somebody used this machine within the last {rules.idle_minutes:g} minutes"


def _machine(now: Readings, rules: ScheduleSettings) -> Iterator[str]:
    if now.battery is not None and now.battery <= rules.battery:
        at_most = "" if rules.battery == 100 else f" at {rules.battery} % or less"
        yield f"this machine runs on battery{at_most}"
    if now.temperature is not None and now.temperature > rules.temperature:
        yield f"the processor is hotter than {rules.temperature:g} degrees"


def in_the_way(
    now: Readings, rules: ScheduleSettings, asleep_s: float, clock: datetime
) -> str | None:
    """Why a night that has run for `asleep_s` must stop now; None while it may go on."""
    quiet = Hours.parse(rules.quiet)
    if quiet is not None and quiet.hold(clock):
        return f"the quiet hours ({quiet}) have begun"
    if now.chat_s is not None and now.chat_s < asleep_s:
        return "you came back to talk to me"
    if rules.idle_minutes and now.idle_s is None:
        return "it could no longer be told whether somebody is using this machine"
    if rules.idle_minutes and now.idle_s is not None and now.idle_s < asleep_s:
        return "somebody came back to this machine"
    if now.memory < _SPARE_MEMORY:
        return "other programs need the memory"
    if now.disk < _SPARE_DISK:
        return "the disk is nearly full"
    return next(_machine(now, rules), None)
