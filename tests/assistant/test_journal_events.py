"""What a night tells those who watch it."""

import pytest

from assistant.journal import Journal, events
from assistant.journal import memories as ledger


@pytest.fixture
def night(journal: Journal) -> int:
    with journal.writing() as db:
        sql = "INSERT INTO nights (started, status) VALUES ('2026', 'running')"
        number = db.execute(sql).lastrowid
    assert number is not None
    return number


def test_what_was_told_comes_back_in_order_and_only_what_is_new(journal: Journal, night: int):
    events.tell(journal, night, [("seed", "step", {"step": 1, "worst": {"fact": 0.5}})])
    events.tell(journal, night, [("seed", "step", {"step": 2}), ("exam", "progress", {"done": 0})])
    first, second, third = events.told(journal, night)
    assert (first.stage, first.kind, first.data) == (
        "seed",
        "step",
        {"step": 1, "worst": {"fact": 0.5}},
    )
    assert first.id < second.id < third.id
    assert events.told(journal, night, after=second.id) == [third]
    assert events.told(journal, night + 1) == []


def test_events_of_a_memory_can_be_taken_back(journal: Journal, night: int):
    events.tell(
        journal,
        night,
        [
            ("exam", "question", {"memory_id": 1}),
            ("exam", "question", {"memory_id": 2}),
            ("dream", "dream", {"memory_ids": [2, 1]}),
            ("dream", "dream", {"memory_ids": [2]}),
            ("exam", "question", {"memory_id": None}),
        ],
    )
    with journal.writing() as db:
        events.untell(db, 1)
    assert [event.data for event in events.told(journal, night)] == [
        {"memory_id": 2},
        {"memory_ids": [2]},
        {"memory_id": None},
    ]


def test_the_end_of_a_night_takes_back_what_was_forgotten_while_it_ran(
    journal: Journal, night: int
):
    memory = ledger.add(journal, "My dog is called Rex.")
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = 'forgotten', text = '' WHERE id = ?", [memory])
    events.tell(
        journal,
        night,
        [
            ("seed", "learning", {"text": "Your dog is called Rex."}),
            ("exam", "question", {"memory_id": memory, "after": "Rex"}),
            ("seed", "step", {"loss": 1.0}),
        ],
    )
    events.settle(journal, night)
    assert [event.kind for event in events.told(journal, night)] == ["step"]
