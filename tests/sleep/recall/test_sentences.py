"""Sentences: typing habits, contractions, borders, questions."""

from __future__ import annotations

import pytest

from sleep.recall.sentences import split


def told(message: str) -> list[str]:
    return [sentence.text for sentence in split(message)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("im 15 & i dont eat meat", ["I am 15 and I do not eat meat"]),
        ("My dog's called Bob!", ["My dog is called Bob!"]),
        ("My dog's collar is red.", ["My dog's collar is red."]),
        ("My sister's name's Hanne.", ["My sister's name is Hanne."]),
        ("She's been ill, I'd like tea.", ["She has been ill, I would like tea."]),
        ("I met Dr. Li in St. Ives. Nice.", ["I met Dr. Li in St. Ives.", "Nice."]),
        ("It costs 3.50 euros", ["It costs 3.50 euros"]),
        ("We’ve got two cats", ["We have two cats"]),
        ("see https://example.org/a for it", []),
        ("", []),
        ("???", []),
    ],
)
def test_split(message, expected):
    assert told(message) == expected


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("what is a monad", [True]),
        ("can you help me", [True]),
        ("What I like is jazz.", [False]),
        ("I love jazz, do you like it?", [False, True]),
        ("I live in Oslo. Where do you live?", [False, True]),
    ],
)
def test_questions_are_told_from_statements(message, questions):
    assert [sentence.question for sentence in split(message)] == questions
