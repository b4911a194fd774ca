"""Whether a night is due: in its window, after a missed one, and never twice."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.journal import Journal
from assistant.journal.decisions import decide
from assistant.journal.records import canonical_time
from assistant.schedule.due import Due, due
from assistant.settings import ScheduleSettings

RULES = ScheduleSettings(window="02:00-06:00")
NAPS = ScheduleSettings(window="02:00-06:00", naps=True)
NIGHT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def tell(journal: Journal, at: datetime) -> int:
    conversation = journal.new_conversation()
    message = journal.add_message(conversation, "user", "My dog is called Biscuit.")
    with journal.writing() as db:
        sql = "UPDATE messages SET created = ? WHERE id = ?"
        db.execute(sql, [canonical_time(at), message])
    return message


def slept(
    journal: Journal,
    at: datetime,
    status: str = "learned",
    kind: str = "night",
    upto: int | None = None,
) -> int:
    ended = None if status == "running" else canonical_time(at + timedelta(minutes=10))
    with journal.writing() as db:
        cursor = db.execute(
            "INSERT INTO nights (started, ended, status, kind, upto_message) VALUES (?,?,?,?,?)",
            [canonical_time(at), ended, status, kind, upto],
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid


def what(found: Due | None) -> str | None:
    return found.what if found else None


def test_in_the_window_when_something_was_said(journal: Journal):
    assert due(journal, RULES, NIGHT) is None
    tell(journal, NIGHT - timedelta(hours=9))
    found = due(journal, RULES, NIGHT)
    assert found == Due("night", "it is within 02:00-06:00", NIGHT.replace(hour=6))


def test_not_before_the_window_unless_one_was_missed(journal: Journal):
    tell(journal, NOON)
    assert due(journal, RULES, NOON + timedelta(hours=10)) is None
    found = due(journal, RULES, NOON + timedelta(days=1))
    assert found == Due("night", "the night of 03 March was missed", None)


def test_not_twice_in_one_window(journal: Journal):
    upto = tell(journal, NIGHT - timedelta(hours=9))
    slept(journal, NIGHT - timedelta(minutes=30), upto=upto)
    tell(journal, NIGHT - timedelta(minutes=5))
    assert due(journal, RULES, NIGHT) is None
    assert due(journal, RULES, NOON) is None
    assert what(due(journal, RULES, NIGHT + timedelta(days=1))) == "night"


@pytest.mark.parametrize("state", ["waiting", "refused"])
def test_memories_in_the_prompt_are_something_to_learn(journal: Journal, state: str):
    with journal.writing() as db:
        sql = "INSERT INTO memories (text, state, created) VALUES ('x', ?, ?)"
        db.execute(sql, [state, canonical_time(NIGHT - timedelta(days=2))])
    assert what(due(journal, RULES, NIGHT)) == "night"


@pytest.mark.parametrize("status", ["interrupted", "running"])
def test_a_night_that_was_cut_off_goes_on(journal: Journal, status: str):
    upto = tell(journal, NIGHT - timedelta(hours=9))
    night = slept(journal, NIGHT - timedelta(minutes=30), status, upto=upto)
    found = due(journal, RULES, NIGHT)
    assert found == Due("resume", "night 1 was cut off", NIGHT.replace(hour=6), night)
    assert what(due(journal, RULES, NOON)) == "resume", "also after the window, when nobody minds"


def test_one_that_is_cut_off_again_and_again_is_let_be(journal: Journal):
    tell(journal, NIGHT - timedelta(hours=9))
    night = slept(journal, NIGHT - timedelta(minutes=30), "interrupted")
    for number in range(5):
        assert what(due(journal, RULES, NIGHT)) == "resume"
        decide(journal, "resumed", f"try {number}", night)
    assert what(due(journal, RULES, NIGHT)) == "night"


def test_one_that_failed_waits_for_the_next_window(journal: Journal):
    tell(journal, NIGHT - timedelta(hours=9))
    slept(journal, NIGHT - timedelta(minutes=30), "failed")
    assert due(journal, RULES, NIGHT) is None
    assert what(due(journal, RULES, NIGHT + timedelta(days=1))) == "resume"


def test_a_night_at_work_is_left_alone(journal: Journal):
    tell(journal, NIGHT - timedelta(hours=9))
    slept(journal, NIGHT - timedelta(minutes=30), "running")
    with journal.writing() as db:
        db.execute("UPDATE nights SET pid = 1")
    assert due(journal, RULES, NIGHT) is None


def test_naps(journal: Journal):
    upto = tell(journal, NIGHT - timedelta(hours=9))
    slept(journal, NIGHT, upto=upto)
    assert due(journal, NAPS, NOON) is None, "nothing new since"
    tell(journal, NOON - timedelta(hours=1))
    assert due(journal, RULES, NOON) is None
    assert due(journal, NAPS, NOON) == Due("nap", "something new was said", None)
    slept(journal, NOON - timedelta(minutes=30), kind="nap", upto=upto)
    assert due(journal, NAPS, NOON) is None, "one was a short while ago"
    assert what(due(journal, NAPS, NOON + timedelta(hours=4))) == "nap"
    assert what(due(journal, NAPS, NIGHT + timedelta(days=1))) == "night", "a nap is no night"
