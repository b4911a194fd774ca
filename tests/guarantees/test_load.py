"""What a large journal costs, in rows read and in the plans of queries; no times."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from assistant.journal import Journal
from assistant.journal import search as search_
from assistant.recollect import recollect
from sleep.gather import gather


@contextmanager
def steps(journal: Journal) -> Iterator[list[int]]:
    """How many times a hundred instructions of SQLite's machine were run."""
    count = [0]

    def step() -> int:
        count[0] += 1
        return 0

    journal.db.conn.set_progress_handler(step, 100)
    yield count
    journal.db.conn.set_progress_handler(None, 0)


def fill(journal: Journal, count: int, text: str = "the word of day") -> None:
    """So many more messages that a night has read."""
    talk = journal.new_conversation()
    with journal.writing() as db:
        for number in range(count):
            journal.add_message(talk, "user", f"{text} {number}")
        db.execute(
            "INSERT INTO nights (started, ended, status, upto_message)"
            " SELECT 'x', 'x', 'learned', max(id) FROM messages"
        )


def cost(journal: Journal, work) -> int:
    with steps(journal) as count:
        work()
    return count[0]


def test_gathering_reads_only_what_is_new(journal: Journal):
    fill(journal, 200)
    journal.add_message(1, "user", "My dog is called Biscuit.")
    little = cost(journal, lambda: gather(journal))
    fill(journal, 3000)
    journal.add_message(1, "user", "My dog is called Biscuit.")
    assert cost(journal, lambda: gather(journal)) <= little + 1
    assert [heard.text for heard in gather(journal).heard] == ["My dog is called Biscuit."]


def test_opening_costs_the_same_however_much_was_said(journal: Journal):
    fill(journal, 3000)
    journal.close()

    class Counted(Journal):
        found: list[int]

        def _settle_cut_off_replies(self) -> None:
            with steps(self) as count:
                super()._settle_cut_off_replies()
            Counted.found = count

    Counted.open(journal.path).close()
    assert Counted.found[0] <= 1


def test_a_search_for_a_common_word_ranks_nothing(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
):
    fill(journal, 300)
    monkeypatch.setattr(search_, "_RANKED", 299)
    newest = journal.search("word", limit=5)
    assert [hit.message.id for hit in newest] == [300, 299, 298, 297, 296]
    assert {hit.score for hit in newest} == {0.0}
    common = cost(journal, lambda: journal.search("word", limit=5))
    monkeypatch.setattr(search_, "_RANKED", 300)
    assert journal.search("word", limit=5)[0].score < 0
    assert common < cost(journal, lambda: journal.search("word", limit=5))


def test_a_rare_word_is_found_among_many(journal: Journal):
    rare = journal.add_message(journal.new_conversation(), "user", "Zebulon said the word")
    fill(journal, 3000)
    assert [hit.message.id for hit in journal.search("zebulon word")] == [rare]


def test_notes_do_not_read_the_whole_journal(journal: Journal):
    def notes() -> list[str]:
        return [note.text for note in recollect(journal, "What is the word of my dog?", 99, len)]

    fill(journal, 200)
    journal.add_message(1, "user", "My dog has the word Biscuit.")
    little = cost(journal, notes)
    fill(journal, 3000)
    journal.add_message(1, "user", "My dog has the word Biscuit.")
    assert cost(journal, notes) <= 2 * little
    assert notes() == ['You told me: "My dog has the word Biscuit."']
