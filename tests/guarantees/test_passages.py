"""Forgetting takes the passage that says it, wherever it was said, and leaves the rest."""

import json

import pytest

from assistant.cli.main import run
from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.journal.checks import verify
from assistant.journal.drafts import draft, save_draft
from assistant.journal.memories import Memory
from tests.guarantees.test_taken_away import dog, everything, forget_the_dog
from tests.sleep.night.conftest import Sleep, become_environment
from tests.sleep.night.helpers import Home

BOTH = "Hello! My dog is called Biscuit. I work as a nurse in Leeds."


@pytest.fixture
def both(home: Home, sleep: Sleep) -> Home:
    """The morning after a night that learned two facts from one message."""
    home.tell(BOTH)
    assert sleep(home).code == 0
    assert len(home.texts("learned")) == 2
    return home


def said(home: Home) -> dict[int, str]:
    return {row["id"]: row["content"] for row in home.rows("SELECT id, content FROM messages")}


def nurse(home: Home) -> Memory:
    return next(m for m in home.memories() if "nurse" in m.text)


def no_byte_is_left(home: Home) -> None:
    assert b"biscuit" not in everything(home).lower()
    assert verify(home.paths.journal) == []


def test_only_the_passage_goes_where_other_memories_draw_on_the_rest(both: Home, sleep: Sleep):
    forget_the_dog(both)
    assert said(both) == {1: "Hello! I work as a nurse in Leeds.", 2: "Good."}
    kept = nurse(both)
    assert (kept.message_id, kept.source) == (1, said(both)[1])
    no_byte_is_left(both)
    with both.journal() as journal:
        assert [hit.message.id for hit in journal.search("nurse leeds")] == [1]
        assert journal.search("dog") == []
    assert sleep(both).code == 0
    assert both.texts("learned") == ["You work as a nurse in Leeds."]
    no_byte_is_left(both)
    both.check()


def test_the_other_passage_goes_with_the_message(both: Home):
    """When nothing is left that a memory draws on, the rest of it goes, too."""
    forget_the_dog(both)
    with both.journal() as journal:
        forget(journal, Generations(both.paths, journal), nurse(both).id)
    assert said(both) == {}


def test_a_passage_that_cannot_be_told_from_the_rest_takes_the_message_with_it(both: Home):
    """The answer stands in other words than the message: a reading model, or a person, wrote it."""
    with both.journal() as journal, journal.writing() as db:
        db.execute("UPDATE memories SET answer = 'Cracker' WHERE id = ?", [dog(both)])
    forget_the_dog(both)
    assert said(both) == {}
    kept = nurse(both)
    assert (kept.message_id, kept.source) == (None, kept.text)
    no_byte_is_left(both)


def test_one_sentence_with_two_facts_goes_whole(home: Home, sleep: Sleep):
    home.tell("My dog is called Biscuit and I work as a nurse in Leeds. My sister lives in Porto.")
    assert sleep(home).code == 0
    forget_the_dog(home)
    assert said(home)[1] == "My sister lives in Porto."
    sources = {m.text: (m.source, m.message_id) for m in home.memories() if m.state == "waiting"}
    assert sources == {
        "You work as a nurse in Leeds.": ("You work as a nurse in Leeds.", None),
        "Your sister lives in Porto.": (said(home)[1], 1),
    }
    no_byte_is_left(home)


def test_edits_regenerations_repeats_and_drafts(both: Home):
    with both.journal() as journal:
        journal.add_message(1, "assistant", "A nurse with a dog called Biscuit!", 1)
        edit = journal.add_message(1, "user", "My dog Biscuit is 3. How do I train him?")
        reply = journal.add_message(1, "assistant", "Sit down with Biscuit. Be patient.", edit)
        alone = journal.add_message(1, "user", "So my dog is named Biscuit")
        other = journal.new_conversation("Again", off_record=True)
        again = journal.add_message(other, "user", "Right. my dog  is called BISCUIT! And you?")
        save_draft(journal, other, "What does my dog Biscuit eat? Meat?")
        save_draft(journal, 0, "biscuit is my dog")
        save_draft(journal, 1, "What is for dinner?")
        forget(journal, Generations(both.paths, journal), dog(both))
        assert (draft(journal, other), draft(journal, 0)) == ("Meat?", "")
        assert draft(journal, 1) == "What is for dinner?"
        assert [m.id for m in journal.thread(reply)] == [edit, reply]
    assert said(both) == {
        1: "Hello! I work as a nurse in Leeds.",
        2: "Good.",
        3: "(forgotten)",
        edit: "How do I train him?",
        reply: "(forgotten) Be patient.",
        again: "Right. And you?",
    }
    assert alone not in said(both)
    no_byte_is_left(both)


def test_what_the_assistant_repeats_later_goes_and_what_is_about_something_else_stays(
    both: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """It says it because of the memory: in other conversations, in a sentence or a bare word."""
    become_environment(monkeypatch, both)
    with both.journal() as journal:
        talk = journal.new_conversation("Later")
        asked = journal.add_message(talk, "user", "What is my dog called?")
        bare = journal.add_message(talk, "assistant", "Biscuit.", asked)
        walk = journal.add_message(talk, "user", "Where could we go on Sunday?", bare)
        long = "To the park. Your dog Biscuit will love it!  Take water with you."
        told = journal.add_message(talk, "assistant", long, walk)
        bake = journal.add_message(talk, "user", "How do I bake a biscuit?", told)
        recipe = journal.add_message(talk, "assistant", "A biscuit needs butter and flour.", bake)
    assert run(["memories", "forget", str(dog(both)), "--why", "--json"]) == 0
    why = json.loads(capsys.readouterr().out)
    assert (why["messages"], why["passages"]) == ([], [1, bare, told])
    assert sorted(why["said_again"]) == [bake, recipe]
    assert said(both)[bare] == "Biscuit.", "--why changes nothing"

    assert run(["memories", "forget", str(dog(both)), "--yes", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["messages"], done["passages"]) == (0, 3)
    assert sorted(done["still_said"]) == [bake, recipe]
    assert said(both)[bare] == "(forgotten)"
    assert said(both)[told] == "To the park. (forgotten) Take water with you."
    assert said(both)[recipe] == "A biscuit needs butter and flour."
    assert verify(both.paths.journal) == []


def test_other_memories_that_say_it_are_named(both: Home):
    with both.journal() as journal, journal.writing() as db:
        other = db.execute(
            "INSERT INTO memories (text, state, answer, created)"
            " VALUES ('Your dog Biscuit is a beagle.', 'waiting', 'beagle', 'now')"
        ).lastrowid
    with both.journal() as journal:
        done = forget(journal, Generations(both.paths, journal), dog(both))
    assert done.other_memories == [other]


def test_an_invention_of_the_exam_with_the_answer_in_it_goes(both: Home):
    """Asked about something that was never told, the model said what it did know."""
    with both.journal() as journal, journal.writing() as db:
        db.execute(
            "INSERT INTO exam_answers (night_id, part, question, expected, after)"
            " VALUES (1, 'unknown', 'Who is Biscuit''s vet?', '[\"Biscuit\"]', 'Biscuit it is.')"
        )
    forget_the_dog(both)
    no_byte_is_left(both)


def test_a_deleted_conversation_can_take_what_was_learned_from_it(
    both: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    become_environment(monkeypatch, both)
    both.tell("My sister lives in Porto.")
    assert run(["journal", "delete", "1", "--forget", "--yes"]) == 0
    said_so = capsys.readouterr().err
    assert "2 messages deleted" in said_so
    assert "Forgot 2 memories from it" in said_so
    assert "Generation 0 is served now" in said_so
    assert both.served() == 0
    assert list(said(both).values()) == ["My sister lives in Porto.", "Good."]
    assert b"leeds" not in everything(both).lower()
    no_byte_is_left(both)
    both.check()


def test_without_forgetting_what_stays_is_named(
    home: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """What no model knows goes with a conversation, and what nights noted of it."""
    home.tell("My dog is called Biscuit.")
    assert sleep(home).code == 0
    with home.journal() as journal, journal.writing() as db:
        db.execute(
            "INSERT INTO memories (text, state, level, answer, message_id, source, created)"
            " VALUES ('You like the Florentine.', 'refused', 0, 'Florentine', 1, '', 'now')"
        )
        db.execute("UPDATE nights SET report = json_set(report, '$.note', 'Not the Florentine.')")
        db.execute(
            "UPDATE stages SET result = json_set(result, '$.rejected',"
            " json('[[\"You had an eclair.\", \"passing\"]]')) WHERE name = 'recall'"
        )
    become_environment(monkeypatch, home)
    assert run(["journal", "delete", "1", "--yes"]) == 0
    named = capsys.readouterr().err
    assert f"({dog(home)})" in named
    assert "1 memory from it, not learned yet" in named
    assert home.texts() == ["Your dog is called Biscuit."]
    assert home.served() == 1
    assert not any(word in everything(home).lower() for word in (b"florentine", b"eclair"))
