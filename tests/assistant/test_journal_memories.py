"""The ledger: adding, correcting, approving, rejecting, pausing."""

import pytest

from assistant.errors import ReverieError, UsageError_
from assistant.journal import Journal
from assistant.journal import memories as ledger


def set_state(journal: Journal, memory_id: int, state: str) -> None:
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = ? WHERE id = ?", [state, memory_id])


def test_an_added_memory_waits_in_the_prompt(journal: Journal):
    added = ledger.memory(journal, ledger.add(journal, "  My dog\nis Biscuit. "))
    assert (added.text, added.state, added.level) == ("My dog is Biscuit.", "waiting", 0)
    assert (added.message_id, added.source, added.questions) == (None, "", [])
    with pytest.raises(UsageError_, match="needs a text"):
        ledger.add(journal, "  ")


def test_a_correction_takes_the_place_of_the_old_one(journal: Journal):
    old = ledger.add(journal, "I live in Leiden.")
    set_state(journal, old, "learned")
    new = ledger.correct(journal, old, "I live in Utrecht.")
    assert ledger.memory(journal, old).state == "superseded"
    assert (ledger.memory(journal, new).state, ledger.memory(journal, new).supersedes) == (
        "waiting",
        old,
    )
    with pytest.raises(UsageError_, match="superseded"):
        ledger.correct(journal, old, "I live in Delft.")


def test_approve_and_reject(journal: Journal):
    memory = ledger.add(journal, "I like tea.")
    set_state(journal, memory, "proposed")
    ledger.approve(journal, memory)
    assert ledger.memory(journal, memory).state == "waiting"
    ledger.approve(journal, memory)
    ledger.reject(journal, memory)
    assert ledger.memory(journal, memory).state == "rejected"
    ledger.approve(journal, memory)
    set_state(journal, memory, "learned")
    with pytest.raises(UsageError_, match="is learned"):
        ledger.reject(journal, memory)


def test_lists_by_state_with_their_questions(journal: Journal):
    one, two = ledger.add(journal, "One."), ledger.add(journal, "Two.")
    set_state(journal, two, "learned")
    with journal.writing() as db:
        for question in ("Q1?", "Q2?"):
            db.execute(
                "INSERT INTO lessons (memory_id, split, kind, question, answer)"
                " VALUES (?, 'train', 'direct', ?, 'a')",
                [two, question],
            )
    assert [memory.id for memory in ledger.memories(journal)] == [one, two]
    assert [memory.id for memory in ledger.memories(journal, ["learned", "shaky"])] == [two]
    assert ledger.memory(journal, two).questions == ["Q1?", "Q2?"]


def test_an_unknown_memory_is_a_clear_error(journal: Journal):
    with pytest.raises(ReverieError, match="no memory 4"):
        ledger.memory(journal, 4)


def test_pausing_is_remembered(journal: Journal):
    assert not ledger.paused(journal)
    ledger.pause(journal, True)
    ledger.pause(journal, True)
    with Journal.open(journal.path) as other:
        assert ledger.paused(other)
        ledger.pause(other, False)
    assert not ledger.paused(journal)
