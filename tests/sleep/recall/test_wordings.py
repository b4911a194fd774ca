"""Every kind of thing that people tell gets many wordings, and those that fit."""

from __future__ import annotations

import re

import pytest

from sleep.recall import reword
from tests.sleep.recall.telling_day import answers, day, questions

PLENTY = 16


@pytest.mark.parametrize(
    ("message", "question", "expect"),
    [
        ("I'm a welder at Ostberg, a small shipyard in Turku.", "Who do I work for?", "Ostberg"),
        ("I'm a welder at Ostberg, a small shipyard in Turku.", "What do I do for a living?",
         "welder"),
        ("I'm a welder at Ostberg, a small shipyard in Turku.", "How big is my company?",
         "shipyard"),
        ("I was a vet in Lyon for twenty years.", "What was my occupation?", "vet"),
        ("I was a vet in Lyon for twenty years.", "For how many years was I a vet in Lyon?",
         "twenty"),
        ("I used to be a vet.", "What was my trade?", "vet"),
        ("I started a new job at Ostberg last week.", "Where do I work?", "Ostberg"),
        ("I use Emacs and a curved monitor.", "Which editor do I use?", "Emacs"),
        ("I use Emacs and a curved monitor.", "What kind of monitor do I use?", "curved monitor"),
        ("I'm vegan.", "What is my diet?", "vegan"),
        ("I'm lactose intolerant.", "Which intolerance do I have?", "lactose"),
        ("I can't stand olives.", "What do I dislike?", "olives"),
        ("I can't have eggs.", "What should be left out for me?", "eggs"),
        ("Wool gives me a rash.", "What do I have an allergy to?", "Wool"),
        ("We're expecting a baby in May.", "When is my due date?", "May"),
        ("My commute is 35 min by tram.", "How long does my commute take?", "35"),
        ("My commute is 35 min by tram.", "What takes me to work?", "tram"),
        ("My longest swim is 3 km.", "How far is my longest swim?", "3"),
        ("I pay 640 euro for my studio.", "How much does my studio cost?", "640"),
        ("They told us that they are raising the rent to 900 euro. My landlord is raising the rent "
         "to 900 euro.", "How high is my rent?", "900"),
        ("My rent is 720 a month.", "What do I pay my landlord?", "720"),
        ("I bought a tent for 90 dollars.", "How much did I buy a tent for?", "90"),
        ("The tax report is due 3 May. My tax report is due 3 May.",
         "By when must my tax report be done?", "3 May"),
        ("I grew up in Braga.", "Where did I spend my childhood?", "Braga"),
        ("I live on the 5th floor.", "How high up is my flat?", "5th floor"),
        ("I'm halfway through Ulysses.", "Which title am I reading?", "Ulysses"),
        ("I'm on metformin for diabetes.", "What do I take for diabetes?", "metformin"),
        ("I'm a soprano.", "What is my vocal range?", "soprano"),
        ("My shop opens at 9.", "What are the opening hours of my shop?", "9"),
        ("I have a dentist appointment on Friday.", "When is my dentist appointment?", "Friday"),
        ("I want to be a pilot.", "What is my dream job?", "pilot"),
        ("I want to learn Thai.", "What is on my wish list?", "Thai"),
        ("I never learned to swim.", "What am I unable to do?", "swim"),
        ("I can't swim.", "Which ability do I lack?", "swim"),
        ("I run three times a week.", "How often do I run?", "three times"),
        ("We got married in 2011.", "When was my wedding?", "2011"),
        ("I have two goats, Fig and Plum.", "What are my goats called?", "Fig"),
        ("My dog is a whippet.", "Which breed is my dog?", "whippet"),
        ("I'm Swedish.", "What is my nationality?", "swedish"),
        ("I'm Buddhist.", "What is my faith?", "buddhist"),
        ("I'm 1.70 m tall.", "How tall am I?", "1.70"),
        ("I have 31 years.", "How old am I?", "31"),
        ("Somebody stole my scooter.", "What was taken away from me?", "scooter"),
        ("My name is Tova Lind.", "What is my surname?", "Lind"),
        ("My boss is called Ida.", "Who do I report to?", "Ida"),
        ("I'm a fan of Ajax.", "Which team am I a fan of?", "Ajax"),
    ],
)  # fmt: skip
def test_what_is_told_is_asked_for_in_other_words(message, question, expect):
    found = answers(day(message))
    assert question in found, sorted(found)
    assert expect in found[question]


@pytest.mark.parametrize(
    "message",
    [
        "I'm a welder at Ostberg.",
        "I'm vegan.",
        "I grew up in Braga.",
        "My rent is 720 euro.",
        "We're expecting a baby in May.",
        "I'm 44.",
        "I take insulin for my diabetes.",
        "My niece turned six in March.",
        "I have asthma.",
        "I drive a Skoda.",
        "My exam is on 4 June.",
        "I quit smoking.",
        "I'm the youngest of five.",
        "My wifi password is tulip99.",
    ],
)  # fmt: skip
def test_every_kind_of_fact_has_plenty_of_lessons(message):
    for one in day(message).facts:
        assert len(questions(one, "train")) >= PLENTY


def test_a_board_of_keys_is_no_instrument():
    asked = " ".join(answers(day("I use Emacs and a split keyboard.")))
    assert "instrument" not in asked


@pytest.mark.parametrize("message", ["My dog is 3.", "My cat is 14 years old and lazy."])
def test_animals_have_an_age_and_no_length(message):
    asked = answers(day(message))
    assert any(question.startswith("How old is my") for question in asked)
    assert not [question for question in asked if "breed" in question or "How long" in question]


def test_two_things_said_at_once_are_asked_apart():
    asked = answers(day("My niece is 8 and obsessed with beetles."))
    assert asked["How old is my niece?"] == ("8",)
    assert "beetles" in asked["What does my niece love?"]


def test_what_is_over_is_asked_for_in_the_past():
    asked = answers(day("I was a vet in Lyon."))
    assert not [question for question in asked if "is my job" in question or "do I do" in question]


def test_what_is_still_to_come_is_not_asked_for_in_the_past():
    asked = answers(day("My sister Ada is getting married in July."))
    assert not [question for question in asked if "was" in question and "wedding" in question]


def test_the_names_of_somebody_take_turns():
    asked = answers(day("My sister Ada is a vet in Graz."))
    assert [question for question in asked if "Ada" in question and "my sister" not in question]
    assert [question for question in asked if "my sister" in question and "Ada" not in question]


def test_facts_that_agree_keep_the_question_that_they_share():
    reading = day("We have a recital on 3 May at the town hall.", "My recital is on 3 May.")
    assert "When is my recital?" in answers(reading)


def test_plans_of_several_facts_are_asked_for_together():
    reading = day("I want to learn Thai.", "I want to visit Laos.")
    wishes = [one for fact in reading.facts for one in fact.lessons if "my wish?" in one.question]
    assert [one.answer for one in wishes] == ["You want to learn Thai. You want to visit Laos."]


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("I play bowls with my dad on Friday afternoons.", "What do I do on Friday afternoons?"),
        ("I swim at the lido every Tuesday.", "Where am I every Tuesday?"),
        ("My wife is due on 14 June.", "When is the baby due?"),
        ("I lost my umbrella on the tram.", "What has gone missing?"),
        ("My brother sells trucks.", "What does my brother do for a living?"),
        ("I taught biology in Graz for ten years.", "For how long did I teach biology?"),
        ("I've got a scan on 14 May.", "What date is my scan?"),
        ("I sing in a choir with my sister.", "Who comes along with me?"),
    ],
)  # fmt: skip
def test_strangers_would_ask_it_so(message, question):
    asked = [one.question for fact in day(message).facts for one in fact.lessons]
    assert question in asked


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("I played chess on Friday the 3rd of May.", "What do I do on Friday the 3rd of May?"),
        ("My report is due on 14 June.", "When is the baby due?"),
        ("My boss wants the report by Friday.", "What do I do on Friday?"),
        ("I clean at a bakery. They pay 14 euros an hour.", "How much is they's one hour?"),
    ],
)
def test_nobody_would_ask_it_so(message, question):
    asked = [one.question for fact in day(message).facts for one in fact.lessons]
    assert question not in asked


def test_exchanged_words_take_no_plainer_question_away(monkeypatch):
    message = (
        "My dog is called Biscuit. My dog Biscuit is 4 years old. My dog sleeps in the kitchen."
    )
    monkeypatch.setattr(reword, "_groups", lambda: ())
    before = {one.text: one for one in day(message).facts}
    plenty = tuple(
        tuple((word, re.compile(rf"\b{word}\b")) for word in words)
        for words in (["my dog", "my hound"], ["name", "label"], ["called", "named"])
    )
    monkeypatch.setattr(reword, "_groups", lambda: plenty)
    for one in day(message).facts:
        plainer = {
            lesson.question for lesson in before[one.text].lessons if lesson.kind != "indirect"
        }
        exchanged = [lesson.question for lesson in one.lessons if lesson.kind == "reworded"]
        assert plainer <= set(questions(one))
        assert 1 <= sum("hound" in question for question in exchanged) <= reword.EXCHANGED_AT_MOST
        assert len(exchanged) <= len(plenty) * reword.EXCHANGED_AT_MOST
