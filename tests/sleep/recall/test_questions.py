"""Wh-movement: the questions a clause answers, word for word."""

from __future__ import annotations

import pytest

from sleep.recall.clauses import clauses
from sleep.recall.frames import frame_questions
from sleep.recall.questions import questions
from sleep.recall.synonyms import synonym_questions
from sleep.recall.telling import telling
from sleep.recall.tokens import tokenise


def asked(sentence: str) -> dict[str, tuple[str, ...]]:
    told = telling(clauses(tokenise(sentence))[0], sentence)
    found = [*questions(told), *frame_questions(told), *synonym_questions(told)]
    return {ask.direct: ask.expect for ask in found}


@pytest.mark.parametrize(
    ("sentence", "question", "expect"),
    [
        ("I live in Bergen", "where do I live", ("Bergen",)),
        ("I live in Bergen", "which city do I live in", ("Bergen",)),
        ("My sister lives in Bergen", "where does my sister live", ("Bergen",)),
        ("My sister lives in Bergen", "who lives in Bergen", ("sister",)),
        ("My parents live in Bergen", "where do my parents live", ("Bergen",)),
        ("I went to Green Meadow Park", "which park did I go to", ("Green Meadow Park",)),
        ("I went to Green Meadow Park", "which park did I visit", ("Green Meadow Park",)),
        ("I am allergic to nuts", "what am I allergic to", ("nuts",)),
        ("I have two cats", "how many cats do I have", ("two",)),
        ("I ran for an hour", "how long did I run", ("an hour",)),
        ("I am planning to climb Mount Huashan", "what am I planning to climb", ("Mount Huashan",)),
        ("My favourite colour is green", "what is my favourite colour", ("green",)),
        ("We saw a film called \"Stalker\"", "which film did I see", ("Stalker",)),
        ("We saw a film called \"Stalker\"", "what is the name of the film I saw", ("Stalker",)),
        ("I was born in 1987", "when was I born", ("1987",)),
        ("My wife teaches maths", "what does my wife teach", ("maths",)),
        ("My son is seven", "how old is my son", ("seven",)),
        ("I work as a nurse", "what is my job", ("nurse",)),
        ("I like sci-fi movies", "what kind of movies do I like", ("sci-fi movies", "movies")),
        ("I play chess with my uncle", "who do I play chess with", ("uncle",)),
    ],
)  # fmt: skip
def test_questions(sentence, question, expect):
    found = asked(sentence)
    assert found.get(question) == expect, sorted(found)


def test_embedded_questions_keep_statement_order():
    told = telling(clauses(tokenise("My sister lives in Bergen"))[0])
    assert "where my sister lives" in {ask.embedded for ask in questions(told)}
    assert "where did I say my sister lives" in {ask.said for ask in questions(told)}
