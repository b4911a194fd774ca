"""When a night may begin, and when it must stop: every rule alone, from one good moment."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant.settings import ScheduleSettings
from sleep.manners.readings import Readings
from sleep.manners.rules import in_the_way, objections

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
GOOD = Readings(
    idle_s=3600.0,
    chat_s=7200.0,
    battery=None,
    temperature=45.0,
    load=0.05,
    memory=8 << 30,
    disk=50 << 30,
)
DISK = 2_000_000_000
RULES = ScheduleSettings()


def against(now: Readings, rules: ScheduleSettings = RULES, clock: datetime = NIGHT) -> list[str]:
    return list(objections(now, rules, DISK, clock))


def test_a_good_moment():
    assert against(GOOD) == []
    assert in_the_way(GOOD, RULES, 60.0, NIGHT) is None
    never = replace(GOOD, chat_s=None, temperature=None)
    assert against(never) == []


BAD: list[tuple[dict[str, Any], str]] = [
    ({"idle_s": 60.0}, "somebody used this machine within the last 15 minutes"),
    ({"idle_s": None}, "it cannot be told whether somebody is using this machine"),
    ({"chat_s": 30.0}, "somebody was talking to me a short while ago"),
    ({"battery": 99.0}, "this machine runs on battery"),
    ({"temperature": 86.0}, "the processor is hotter than 85 degrees"),
    ({"load": 0.5}, "other programs use more than 30% of the processor"),
    ({"disk": 1 << 20}, "a night needs 2.0 GB of free disk"),
]


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_a_bad_moment_to_begin(change: dict[str, Any], reason: str):
    assert against(replace(GOOD, **change)) == [reason]


def test_every_reason_is_said():
    everything = {name: value for change, _ in BAD for name, value in change.items()}
    assert len(against(replace(GOOD, **everything))) == len(BAD) - 2  # three are about somebody


def test_quiet_hours():
    rules = replace_rules(quiet="01:00-04:00")
    assert against(GOOD, rules) == ["it is within the quiet hours (01:00-04:00)"]
    assert in_the_way(GOOD, rules, 60.0, NIGHT) == "the quiet hours (01:00-04:00) have begun"
    assert against(GOOD, rules, NIGHT.replace(hour=4)) == []


def replace_rules(**changes: object) -> ScheduleSettings:
    return ScheduleSettings(**changes)  # type: ignore[arg-type]


def test_battery_above_a_level():
    rules = replace_rules(battery=60)
    assert against(replace(GOOD, battery=61.0), rules) == []
    (reason,) = against(replace(GOOD, battery=60.0), rules)
    assert reason == "this machine runs on battery at 60 % or less"
    assert in_the_way(replace(GOOD, battery=60.0), rules, 9.0, NIGHT) == reason


def test_a_machine_that_nobody_sits_at():
    """With schedule.idle_minutes 0 the system is not asked; talking to Reverie still counts."""
    rules = replace_rules(idle_minutes=0.0)
    assert against(replace(GOOD, idle_s=None), rules) == []
    assert in_the_way(replace(GOOD, idle_s=None), rules, 60.0, NIGHT) is None
    assert against(replace(GOOD, idle_s=None, chat_s=5.0), rules) != []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"idle_s": 3.0}, "somebody came back to this machine"),
        ({"idle_s": None}, "it could no longer be told whether somebody is using this machine"),
        ({"chat_s": 3.0}, "you came back to talk to me"),
        ({"battery": 80.0}, "this machine runs on battery"),
        ({"temperature": 90.0}, "the processor is hotter than 85 degrees"),
        ({"memory": 1 << 20}, "other programs need the memory"),
        ({"disk": 1 << 20}, "the disk is nearly full"),
    ],
)
def test_what_stops_a_night(change: dict[str, Any], reason: str):
    assert in_the_way(replace(GOOD, **change), RULES, 60.0, NIGHT) == reason


def test_its_own_load_does_not_stop_it():
    assert in_the_way(replace(GOOD, load=1.0, memory=1 << 30), RULES, 60.0, NIGHT) is None


def test_what_was_before_it_began_does_not_stop_it():
    moment_before = replace(GOOD, idle_s=61.0, chat_s=61.0)
    assert in_the_way(moment_before, RULES, 60.0, NIGHT) is None
