"""Text messages: no capitals, no apostrophes, dropped subjects, several things run together."""

from __future__ import annotations

import pytest

from sleep.recall.sentences import split
from tests.sleep.recall.telling_day import day, texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("hiya its bronwen here, 44, from swansea", "Your name is Bronwen."),
        ("hiya its bronwen here, 44, from swansea", "You are 44 years old."),
        ("hiya its bronwen here, 44, from swansea", "You are from Swansea."),
        ("names olav, plumber in bergen", "Your name is Olav."),
        ("names olav, plumber in bergen", "You are a plumber in Bergen."),
        ("im bex, 31, teacher, living in leeds rn", "You are living in Leeds."),
        ("hey can u help me with a letter, im a welder in gdansk", "You are a welder in Gdansk."),
        ("stairs are bad, moved to a bungalow last year", "You moved to a bungalow."),
        ("used to live in perth, grew up there", "You used to live in Perth."),
        ("take warfarin every night at 6", "You take warfarin every night at 6."),
        ("want to get into medical school", "You want to get into medical school."),
        ("broke up w my bf last month", "You broke up with your boyfriend."),
        ("omg just got a kitten!! shes called nala", "Your kitten is called Nala."),
        ("got a dog, we named him rex", "Your dog is called Rex."),
        ("my flatmates are jonas n ali", "Your flatmates are Jonas and Ali."),
        ("best friend rohan plays the tabla", "Your best friend is called Rohan."),
        ("my hostel is called sai residency, room 214", "Your hostel is called Sai Residency."),
        ("alfie is 6 and poppy just turned 3", "Alfie is 6 years old."),
        ("oisin 11 and fionn 8", "Fionn is 8 years old."),
        ("got 5 grandkids, eldest is ben hes at uni in lancaster", "Your eldest is called Ben."),
        ("knee is bad lol im a nurse so im on my feet", "You are a nurse."),
        ("me favourite is lemon drizzle", "Your favourite is lemon drizzle."),
        ("nurse in A&E in dublin", "You are a nurse in A&E in Dublin."),
    ],
)  # fmt: skip
def test_a_text_message_is_read(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    "message",
    [
        "its ridiculous here, so hot",
        "want to go for a walk later",
        "if i ever moved to hull id miss the sea",
        "called it a day lol",
        "messi is 38 and still better",
        "in another life id have a farm and three goats",
        "whats the town hes from called",
    ],
)
def test_what_tells_nothing_stays_untold(message):
    assert texts(day(message)) == []


def test_a_piece_about_somebody_else_stays_theirs():
    assert texts(day("my sister is a vet, moved to leeds in 2019")) == [
        "Your sister is a vet.",
        "Your sister moved to Leeds in 2019.",
    ]


def test_an_age_that_is_over_does_not_end_the_present_one():
    told = texts(day("im olav, 19", "been a coeliac since i was 12"))
    assert "You are 19 years old." in told


def test_a_word_before_a_run_on_clause_can_belong_to_it():
    assert [s.text for s in split("I think she's a vet")] == ["I think she is a vet"]
    assert [s.text for s in split("my eldest is Ben he's a vet")] == [
        "my eldest is Ben, he is a vet"
    ]
