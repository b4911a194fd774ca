"""Who or what a name and a pronoun belong to, and how a statement words it."""

from __future__ import annotations

import pytest

from tests.sleep.recall.telling_day import day, texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "My choir sings on Friday, we're called Open Throat.",
            "Your choir is called Open Throat.",
        ),
        ("I have a colleague who's leaving. Her name is Wanja.", "Your colleague is called Wanja."),
        ("Vic and I got married in 2011. Vic is my wife.", "You got married to Vic in 2011."),
        ("I do eat eggs.", "You eat eggs."),
        ("My dog's a pest, he's started digging up roses.", "Your dog has started digging"),
        ("I hate olives by the way so no olives.", "You hate olives."),
        ("I drive the A-9 between Perth and Inverness.", "You drive the A-9"),
        ("I lived in Bath till I was ten.", "You lived in Bath until you were ten."),
        (
            "We went out. I laughed. So how do I bake without butter, I'm allergic to it.",
            "You are allergic to butter.",
        ),
    ],
)
def test_names_and_wordings(message, expected):
    assert any(text.startswith(expected) for text in texts(day(message)))


def test_a_name_of_the_moment_does_not_replace_the_name():
    told = texts(day("My son Ilan is eight and he's decided he's called Zorro now."))
    assert "Your son is called Ilan." in told
    assert not [text for text in told if "Zorro" in text]


def test_the_cat_of_a_stranger_is_not_ones_own():
    assert texts(day("We had a customer who said his cat was called Nero.")) == []


def test_a_question_before_a_comma_tells_nothing():
    told = texts(day("How do I get rid of moths without poison, my son has asthma."))
    assert told == ["Your son has asthma."]


def test_a_number_is_no_animal_that_it_could_mean():
    told = texts(day("We have a hundred and ten sheep and it was twins."))
    assert not [text for text in told if "twins" in text]


def test_a_relative_clause_about_something_else_is_no_statement():
    told = texts(day("I have a pump now, which my husband Sven calls my boyfriend."))
    assert not [text for text in told if "boyfriend" in text]


def test_an_adverb_of_the_next_clause_stays_out():
    told = texts(day("My aunt is a retired judge and honestly she frightens me."))
    assert "Your aunt is a retired judge." in told


@pytest.mark.parametrize(
    ("message", "wrong"),
    [
        ("My brother, Tom, moved to Leeds.", "You moved"),
        ("I've a crush on the girl who does the sandwiches. Her name's Pia.", "Your girl"),
        ("My son's getting married, to a girl he met at work. Her name's Oda.", "Your girl"),
        ("My niece is expecting in February, our first.", "called February"),
        ("He stares at my basket like it's a coffin.", "coffin"),
        ("The man in the shop called me sir.", "sir"),
        ("I was going to run the marathon.", "marathon"),
        ("I haven't the heart to shut the window.", "heart"),
    ],
)
def test_nobody_said_that(message, wrong):
    assert not [text for text in texts(day(message)) if wrong in text]


def test_the_whole_life_stays_whole():
    assert "You have been vegetarian all your life." in texts(
        day("I've been vegetarian all my life.")
    )
