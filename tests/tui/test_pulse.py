"""Awake, drowsy, asleep: the schedule's own opinion, and honest words for it."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.journal.records import canonical_time
from assistant.settings import ScheduleSettings
from tui import pulse

RULES = ScheduleSettings(window="02:00-06:00")
NIGHT = datetime(2025, 3, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def words(journal: Journal, monkeypatch: pytest.MonkeyPatch):
    def at(moment: datetime, rules: ScheduleSettings = RULES) -> str:
        monkeypatch.setattr(pulse, "clock", lambda: moment)
        return pulse.take(journal, rules).words

    return at


def tell(journal: Journal, at: datetime) -> None:
    message = journal.add_message(journal.new_conversation(), "user", "My dog is Biscuit.")
    with journal.writing() as db:
        sql = "UPDATE messages SET created = ? WHERE id = ?"
        db.execute(sql, [canonical_time(at), message])


def slept(journal: Journal, at: datetime, status: str, upto: int | None = None) -> None:
    ended = None if status == "running" else canonical_time(at)
    with journal.writing() as db:
        db.execute(
            "INSERT INTO nights (started, ended, status, upto_message) VALUES (?, ?, ?, ?)",
            [canonical_time(at), ended, status, upto],
        )


def test_without_anything_new_it_is_awake_at_any_hour(words):
    assert words(NIGHT) == "awake"
    assert words(NIGHT + timedelta(hours=9)) == "awake"


def test_long_ago_does_not_mean_due(journal, words):
    tell(journal, NIGHT + timedelta(hours=5))
    assert words(NIGHT + timedelta(hours=17)) == "awake", "it is 20:00; nights begin at 02:00"


def test_the_hour_before_the_hours_of_sleep(journal, words):
    tell(journal, NIGHT - timedelta(hours=2))
    assert words(NIGHT - timedelta(hours=2, minutes=1)) == "awake"
    begin = "drowsy · the hours of sleep begin at 02:00"
    assert words(NIGHT - timedelta(hours=2)) == begin


def test_in_the_hours_of_sleep_and_after_missed_ones(journal, words):
    tell(journal, NIGHT - timedelta(hours=2))
    assert words(NIGHT) == "drowsy · a night is due"
    assert words(NIGHT + timedelta(hours=9)) == "drowsy · a night is due", "it was missed"
    slept(journal, NIGHT, "learned", upto=1)
    assert words(NIGHT + timedelta(minutes=1)) == "awake"


def test_a_night_that_was_cut_off_can_go_on(journal, words):
    tell(journal, NIGHT - timedelta(hours=2))
    slept(journal, NIGHT, "interrupted")
    assert words(NIGHT + timedelta(minutes=5)) == "drowsy · night 1 was cut off and can go on"


def test_naps_are_called_naps(journal, words):
    noon = NIGHT + timedelta(hours=9)
    slept(journal, NIGHT, "learned")
    tell(journal, noon)
    assert words(noon) == "awake"
    assert words(noon, ScheduleSettings(window="02:00-06:00", naps=True)) == (
        "drowsy · a nap is due"
    )


def test_a_pause_is_no_drowsiness(journal, words):
    tell(journal, NIGHT - timedelta(hours=2))
    ledger.pause(journal, True)
    assert words(NIGHT) == "awake"
