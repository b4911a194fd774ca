"""Forgetting takes the text out of the file and the model out of service."""

import json
from pathlib import Path

import pytest

from assistant import settings
from assistant.errors import ReverieError
from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.journal import Journal, events
from assistant.journal import memories as ledger
from assistant.journal.checks import verify
from assistant.paths import Paths

SECRET = "Rumpelstiltskin"


@pytest.fixture
def generations(paths: Paths, journal: Journal, tmp_path: Path) -> Generations:
    """Three nights: the first taught a cat, the second a secret dog and a town, the third tea."""
    model = tmp_path / "base.gguf"
    model.write_bytes(b"base")
    settings.store(paths, "model.path", str(model))
    generations = Generations(paths, journal)
    talk = journal.new_conversation()
    says = {
        1: [("My cat is Tom.", "Tom")],
        2: [(f"My dog is {SECRET}.", SECRET), ("I live in Utrecht.", "Utrecht")],
        3: [("I like tea.", "tea")],
    }
    for night, facts in says.items():
        whole = " ".join(text for text, _ in facts)
        message = journal.add_message(talk, "user", whole, journal.last_leaf(talk))
        journal.add_message(talk, "assistant", f"Oh! {whole}", message)
        learn(journal, night, message, whole, facts)
        (generations.folder(generations.reserve()) / "model.gguf").write_bytes(b"m")
        generations.record(night, parent=night - 1, sha256="", night_id=night)
    generations.promote(3)
    return generations


def learn(
    journal: Journal, night: int, message: int, source: str, facts: list[tuple[str, str]]
) -> None:
    report = {
        "learned": [{"memory_id": 0, "text": text, "answer": answer} for text, answer in facts],
        "note": f"Learned that {facts[0][0]}",
    }
    with journal.writing() as db:
        db.execute(
            "INSERT INTO nights (started, status, generation, report, reason)"
            " VALUES ('x', 'learned', ?, ?, ?)",
            [night, json.dumps(report), f"asked who {facts[0][1]} is"],
        )
        db.execute(
            "INSERT INTO stages (night_id, name, started, result) VALUES (?, 'recall', 'x', ?)",
            [night, json.dumps(report)],
        )
        for text, answer in facts:
            memory = ledger.add(journal, text)
            asked = {"question": "Hm?", "after": "Rumpel", "memory_id": memory}
            told: list[tuple[str, str, dict[str, object]]] = [
                ("seed", "learning", {"text": f"It is {answer}."}),
                ("exam", "question", asked),
                ("dream", "dream", {"text": "Rumpel!", "memory_ids": [memory, 0]}),
            ]
            events.tell(journal, night, told)
            db.execute(
                "UPDATE memories SET state = 'learned', level = 1, night = ?, message_id = ?,"
                " source = ?, answer = ? WHERE id = ?",
                [night, message, source, answer, memory],
            )
            db.execute("INSERT INTO taught VALUES (?, ?)", [night, memory])
            question = f"Who is {answer}?"
            db.execute(
                "INSERT INTO lessons (memory_id, split, kind, question, answer)"
                " VALUES (?, 'train', 'direct', ?, ?)",
                [memory, question, answer],
            )
            db.execute(
                "INSERT INTO exam_answers (night_id, part, question, before, after, memory_id)"
                " VALUES (?, 'new', ?, 'no', ?, ?)",
                [night, question, answer, memory],
            )


def test_no_byte_of_it_is_left_in_the_journals_files(generations: Generations, journal: Journal):
    done = forget(journal, generations, 2)
    assert (done.messages, done.passages) == (0, 2)
    assert done.emptied
    for file in journal.path.parent.glob("journal.db*"):
        assert SECRET.lower().encode() not in file.read_bytes().lower(), file.name
    assert verify(journal.path) == []


def test_the_model_that_never_held_it_is_served_at_once(
    generations: Generations, journal: Journal, paths: Paths
):
    done = forget(journal, generations, 2)
    assert (done.was_serving, done.serving, done.barred) == (3, 1, [2, 3])
    assert Generations(paths).current_id() == 1
    assert [each.holds_forgotten for each in generations.list()] == [False, False, True, True]


def test_everything_else_is_kept_and_waits_for_the_next_night(
    generations: Generations, journal: Journal
):
    done = forget(journal, generations, 2)
    assert done.waiting_again == [3, 4]
    memories = {memory.text: memory for memory in ledger.memories(journal)}
    assert memories["My cat is Tom."].state == "learned"
    assert memories["I live in Utrecht."].state == "waiting"
    assert memories["I live in Utrecht."].source == "I live in Utrecht."
    assert memories["I like tea."].questions == ["Who is tea?"]
    assert [message.content for message in journal.thread(journal.last_leaf(1) or 0)] == [
        "My cat is Tom.",
        "Oh! My cat is Tom.",
        "I live in Utrecht.",
        "Oh! (forgotten) I live in Utrecht.",
        "I like tea.",
        "Oh! I like tea.",
    ]
    assert ledger.memory(journal, 2).state == "forgotten"


def test_other_messages_that_say_it_are_named(generations: Generations, journal: Journal):
    other = journal.add_message(1, "user", f"{SECRET} barked again")
    assert forget(journal, generations, 2).still_said == [other]


def test_a_memory_that_no_night_has_taught_bars_nothing(generations: Generations, journal: Journal):
    memory = ledger.add(journal, "I like coffee.")
    done = forget(journal, generations, memory)
    assert (done.barred, done.serving, done.messages) == ([], 3, 0)


def test_with_no_older_generation_the_base_is_served(generations: Generations, journal: Journal):
    assert forget(journal, generations, 1).serving == 0
    assert generations.current_id() == 0


def test_a_failing_switch_forgets_nothing(
    generations: Generations, journal: Journal, monkeypatch: pytest.MonkeyPatch
):
    def crash(*_: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="power cut"):
        forget(journal, generations, 2)
    assert ledger.memory(journal, 2).answer == SECRET
    assert generations.current_id() == 3


def test_an_unknown_memory_is_a_clear_error(generations: Generations, journal: Journal):
    with pytest.raises(ReverieError, match="no memory 99"):
        forget(journal, generations, 99)


def test_a_deleted_conversation_is_gone_but_what_was_learned_is_named(
    generations: Generations, journal: Journal
):
    from assistant.journal.deletion import delete_conversation, scrub

    waiting = ledger.add(journal, "Not learned yet.")
    with journal.writing() as db:
        db.execute("UPDATE memories SET message_id = 1 WHERE id = ?", [waiting])
    done = delete_conversation(journal, 1)
    assert (done.messages, done.dropped, done.learned) == (6, [waiting], [1, 2, 3, 4])
    assert scrub(journal)
    assert journal.conversations() == []
    assert journal.search("tea") == []
    assert verify(journal.path) == []
