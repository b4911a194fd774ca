"""Quoted, pasted, supposed and made up: nothing of it is told about the user."""

from __future__ import annotations

import pytest

from sleep.recall.pasted import own_words
from tests.sleep.recall.telling_day import day, texts


@pytest.mark.parametrize(
    "message",
    [
        'fix the spelling: "Dear all, I am the new manager and I live in Graz."',
        "Translate to German: I have two cats and I live in Rome",
        'It was in the paper: "I have been raising goats since 2009."',
        "Please check this text:\nI am the mother of two boys and I live in Malmö.",
        "Shorten this: 'My name is Ole and I work as a vet in Turku.'",
        "write me a puppet show where I'm a wizard named Bob and I live under a bridge",
        "Can you proofread this email? Dear Ms Ito, I have ten years of experience at Ostberg.",
        "I want you to act as a travel agent. I am planning a trip to Mars.",
        "Imagine I'm a pirate and my parrot is called Polly.",
        "just say I was a pilot, how much would I earn",
        "Let's say my name is Bob and I live in Texas.",
        "I dreamed that I was a pilot.",
        "In my dream I lived in a castle.",
        "For my story: the hero's sister is called Mia and my villain lives in a cave.",
        "My character lives in Paris.",
        "The text says that I was born in 1800.",
        "My horoscope says I will move house.",
        "My essay begins: I was born in a small town.",
        "Maybe I will become a nurse.",
        "I thought my cat was called Tom.",
        "my function returns 3",
        "I have got two minutes.",
        'He said: "My sister lives in Rome."',
    ],
)  # fmt: skip
def test_nothing_of_it_is_a_fact(message):
    assert texts(day(message)) == []


def test_titles_and_what_stands_around_stay():
    text = 'I read "The Curious Incident of the Dog in the Night-Time" in Graz.'
    assert own_words(text) == text
    assert texts(day("Imagine I won the lottery. I live in Graz.")) == ["You live in Graz."]
    corrected = "I must correct: my brother moved to Seki."
    assert own_words(corrected) == corrected
    assert "Your dog is called Rex." in texts(day("Write a poem about my dog Rex."))
