"""What can be seen of a night while it runs, in another process."""

import math

from assistant.journal import events
from sleep.watched import Watched
from tests.sleep.night.conftest import Sleep
from tests.sleep.night.helpers import Home


def test_a_night_tells_what_it_does(morning: Home):
    with morning.journal() as journal:
        told = events.told(journal, 1)
    kinds = {(event.stage, event.kind) for event in told}
    assert {("recall", "progress"), ("seed", "step"), ("exam", "question")} <= kinds
    last = [event.data for event in told if event.kind == "step"][-1]
    assert last["step"] == last["steps"] == 3
    assert math.isfinite(last["loss"])
    assert last["worst"].keys() >= {"fact", "anchor"}
    assert 0 <= last["recall"] <= 1
    asked = [event.data for event in told if event.kind == "question"]
    answers = morning.rows("SELECT * FROM exam_answers ORDER BY id")
    assert [a["question"] for a in asked] == [a["question"] for a in answers]
    assert {a["memory_id"] for a in asked} >= {m.id for m in morning.memories()}
    budget = next(event.data for event in told if event.kind == "budget")
    assert budget["seconds_left"] > 0
    assert budget["memory_mb"] > 0


def test_what_was_being_learned_is_not_kept_after_the_night(morning: Home):
    with morning.journal() as journal:
        assert not [e for e in events.told(journal, 1) if e.kind == "learning"]


def test_events_come_at_a_pace_that_a_disk_can_stand(told: Home):
    with told.journal() as journal:
        with journal.writing() as db:
            db.execute("INSERT INTO nights (started, status) VALUES ('2026', 'running')")
        clock = iter([0.0, 0.0, 0.1, 0.7, 0.7]).__next__
        watched = Watched(journal, 1, deadline=60.0, clock=clock)
        for done in range(3):
            watched.progress("recall", done, 3)
        seen = [(e.kind, e.data.get("done")) for e in events.told(journal, 1)]
    assert seen == [("progress", 0), ("budget", None), ("progress", 2)]


def test_a_night_goes_on_when_nobody_can_be_told(told: Home, sleep: Sleep, monkeypatch):
    from assistant.errors import BusyError

    def busy(*_: object) -> None:
        raise BusyError("The journal is locked by another program")

    monkeypatch.setattr("sleep.watched.tell", busy)
    assert sleep(told, "--json").found["status"] == "learned"
