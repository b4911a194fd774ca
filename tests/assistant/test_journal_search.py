"""Search takes any text a person may type and never fails on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.journal import Journal
from assistant.journal.search import match_expression


@pytest.fixture
def dogs(journal: Journal) -> Journal:
    """Three messages about dogs and a café."""
    talk = journal.new_conversation("Dogs")
    for text in ("My dog Biscuit barks", "The dog next door is quiet", "Naïve café owners bark"):
        journal.add_message(talk, "user", text)
    return journal


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dog", {1, 2}),
        ("DOG biscuit", {1}),
        ("dog owners", set()),
        ('"next door"', {2}),
        ('"door next"', set()),
        ("bark*", {1, 3}),
        ("cafe", {3}),
        ("Biscuit?", {1}),
        ("dog OR", set()),
        ("", set()),
        ("?!", set()),
    ],
)
def test_queries(dogs: Journal, query: str, found: set[int]):
    assert {hit.message.id for hit in dogs.search(query)} == found


def test_hits_say_where_and_in_which_conversation(dogs: Journal):
    hit = dogs.search("biscuit")[0]
    assert (hit.title, hit.snippet) == ("Dogs", "My dog [Biscuit] barks")
    assert len(dogs.search("dog", limit=1)) == 1


def test_a_changed_or_deleted_message_is_no_longer_found(dogs: Journal):
    with dogs.writing() as db:
        db.execute("UPDATE messages SET content = 'My cat barks' WHERE id = 1")
        db.execute("DELETE FROM messages WHERE id = 2")
    assert [hit.message.id for hit in dogs.search("dog")] == []
    assert [hit.message.id for hit in dogs.search("cat")] == [1]


def test_a_reply_is_found_once_it_has_ended(dogs: Journal):
    reply = dogs.add_message(1, "assistant", "", state="streaming")
    dogs.append_reply(reply, "zebra")
    assert dogs.search("zebra") == []
    dogs.finish_reply(reply, "stopped")
    assert [hit.message.id for hit in dogs.search("zebra")] == [reply]


@given(st.text(max_size=60))
def test_any_query_is_answered(dogs: Journal, query: str):
    dogs.search(query)


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12))
def test_every_word_becomes_a_quoted_term(word: str):
    assert match_expression(word) == f'"{word}"'
