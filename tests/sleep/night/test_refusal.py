"""Nights whose exam said no: nothing is served, nothing is lost, and the reason is told."""

import json

from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import STAGES, Home


def test_a_refused_night_changes_nothing_that_is_served(told: Home, sleep: Sleep):
    slept = sleep(told, "--json", knows=False)
    assert slept.code == 3
    found = slept.found
    assert (found["status"], found["generation"]) == ("refused", 0)
    assert found["learned"] == []
    assert sorted(each["text"] for each in found["refused"]) == LEARNED
    assert told.served() == 0
    assert not (told.paths.generations_dir / "current").exists()
    assert {(m.state, m.level, m.night) for m in told.memories()} == {("refused", 0, None)}
    (row,) = told.rows("SELECT * FROM generations")
    assert (row["status"], json.loads(row["manifest"])["passed"]) == ("refused", False)
    (night,) = told.nights()
    assert (night["status"], night["generation"]) == ("refused", None)
    assert told.stages(1) == list(STAGES)
    told.check()


def test_the_reason_names_what_failed(told: Home, sleep: Sleep):
    slept = sleep(told, "--json", knows=False)
    questions = told.rows("SELECT count(*) AS n FROM lessons WHERE split = 'exam'")[0]["n"]
    expected = f"only 0 of {questions} questions about what is new were answered"
    (night,) = told.nights()
    for reason in (night["reason"], slept.found["reason"], *slept.found["exam"]["reasons"]):
        assert expected in reason


def test_a_person_is_told_why(told: Home, sleep: Sleep):
    slept = sleep(told, knows=False)
    assert "questions about what is new were answered (60% are needed)." in slept.out
    assert "These 2 things I did not learn" in slept.out


def test_an_older_generation_stays(morning: Home, sleep: Sleep):
    morning.tell("My sister Anna lives in Porto.")
    assert sleep(morning, knows=False).code == 3
    assert morning.served() == 1
    assert morning.texts("learned") == LEARNED
    statuses = morning.rows("SELECT id, status FROM generations ORDER BY id")
    assert [tuple(row.values()) for row in statuses] == [(1, "current"), (2, "refused")]
    morning.check()


def test_the_next_night_takes_it_up_again(told: Home, sleep: Sleep):
    assert sleep(told, knows=False).code == 3
    slept = sleep(told, "--json")
    assert (slept.code, slept.found["generation"]) == (0, 2)
    assert told.texts() == LEARNED
    assert {(m.state, m.level, m.night) for m in told.memories()} == {("learned", 1, 2)}
    (row,) = told.rows("SELECT parent FROM generations WHERE id = 2")
    assert row["parent"] == 0, "a refused generation is no parent"


def test_the_real_exam_refuses(told: Home, sleep_for_real: Sleep):
    """With the model files opened in processes of their own."""
    strict = Home(told.folder, told.environment | {"REVERIE_EXAM__NEW": "1"})
    slept = sleep_for_real(strict, "--json")
    assert slept.code == 3
    (reason,) = slept.found["exam"]["reasons"]
    assert "questions about what is new" in reason
    assert told.served() == 0


def test_the_real_exam_passes(told: Home, sleep_for_real: Sleep):
    slept = sleep_for_real(told, "--json")
    assert (slept.code, slept.found["generation"]) == (0, 1)
    answers = told.rows("SELECT before, after FROM exam_answers WHERE part = 'new'")
    assert answers
    assert slept.found["exam"]["perplexity_ratio"] > 0
    told.check()
