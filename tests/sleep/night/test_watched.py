"""What can be seen of a night while it runs, in another process."""

import math

from assistant.journal import events
from sleep.exam import Item
from sleep.watched import Watched
from sleep.witness import Question
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
    count = len(answers)
    assert [a["place"] for a in asked] == [*range(count), *range(count)], "before, then after"
    assert all((a["after"], a["right"]) == (None, None) for a in asked[:count])
    for question, kept in zip(asked[count:], answers, strict=True):
        names = ("part", "question", "before", "after", "memory_id")
        assert [question[name] for name in names] == [kept[name] for name in names]
        assert question["right"] == bool(kept["passed"])
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


def test_answers_that_come_fast_are_written_together_and_none_is_lost(told: Home):
    with told.journal() as journal:
        with journal.writing() as db:
            db.execute("INSERT INTO nights (started, status) VALUES ('2026', 'running')")
        now = [0.0]
        watched = Watched(journal, 1, deadline=60.0, clock=lambda: now[0])

        def seen() -> list[tuple[int, str | None, bool | None]]:
            told = [e.data for e in events.told(journal, 1) if e.kind == "question"]
            return [(data["place"], data["after"], data["right"]) for data in told]

        item = Item("new", "Who is Biscuit?", Question(()), ("dog",), memory_id=1)
        watched.answered(0, item, "Bread.", None)
        assert seen() == [(0, None, None)], "the first one at once"
        for place in (0, 1):
            watched.answered(place, item, "Bread.", "Your dog.")
        assert len(seen()) == 1
        now[0] = 1.0
        watched.answered(2, item, "Bread.", "A cat.")
        both = [
            (0, None, None),
            (0, "Your dog.", True),
            (1, "Your dog.", True),
            (2, "A cat.", False),
        ]
        assert seen() == both
        watched.answered(3, item, "Bread.", "A dog.")
        watched.all_answered()
        assert seen() == [*both, (3, "A dog.", True)]


def test_a_night_goes_on_when_nobody_can_be_told(told: Home, sleep: Sleep, monkeypatch):
    from assistant.errors import BusyError

    def busy(*_: object) -> None:
        raise BusyError("The journal is locked by another program")

    monkeypatch.setattr("sleep.watched.tell", busy)
    assert sleep(told, "--json").found["status"] == "learned"
