"""Questions that somebody would ask, with whole answers."""

from __future__ import annotations

import pytest

from tests.sleep.recall.telling_day import answers, day


@pytest.mark.parametrize(
    ("message", "question", "expect"),
    [
        ("I'm seventy one.", "How old am I?", "seventy one"),
        ("My deadline is the end of May.", "What is my deadline?", "end of May"),
        ("I lost one of my pearl earrings on the train.", "What did I lose?", "pearl earrings"),
        ("My left hand is still a bit slow.", "How is my left hand?", "slow"),
        ("I love the smell of bacon.", "What do I love?", "smell of bacon"),
        ("My sister is thinking about moving back to Spain.", "What is my sister thinking about?",
         "Spain"),
        ("My tutor is a man from Brazil called Caio.", "Where does my tutor come from?", "Brazil"),
        ("I'm trying to eat better on the road.", "What am I trying to do?", "eat better"),
        ("My choir meets Mondays at the school.", "When does my choir meet?", "Mondays"),
        ("I'd love to learn Finnish one day.", "What would I love to do?", "Finnish"),
        ("My bus goes at half past ten.", "When does my bus go?", "half past ten"),
        ("My daughter Ilse's girlfriend Bo is allergic to nuts.", "Who is allergic to nuts?", "Bo"),
        ("We buy brown rice.", "What kind of rice do I buy?", "brown"),
        ("I broke up with Robin's father.", "Who did I break up with?", "Robin's father"),
    ],
)  # fmt: skip
def test_the_answer_is_whole(message, question, expect):
    assert expect in answers(day(message))[question]


@pytest.mark.parametrize(
    ("message", "no_part"),
    [
        ("I'd love to learn Finnish one day.", "hobbies"),
        ("I'd love to learn Finnish one day.", "When would"),
        ("I've supported West Ham since I was a boy.", "food"),
        ("I've supported West Ham since I was a boy.", "the ham"),
        ("My gran spoke Breton.", "am my gran"),
        ("My son plays point guard for his school.", "job"),
        ("My son plays point guard for his school.", "Who does my son play?"),
        ("My cousin runs the kitchen.", "owner of"),
        ("I do the front.", "exercise"),
        ("My accountant has done my taxes for ten years.", "keep fit"),
        ("I land at Orly on the 28th.", "country on"),
        ("I own a Greek restaurant called Bay Leaf.", "Who is Bay Leaf"),
        ("I've been in Oslo for three years.", "How long have I been?"),
        ("I was never out of the country before 2010.", "What was I never of?"),
        ("I spend every summer in Visby.", "When do I spend?"),
        ("I split up with my boyfriend.", "comes along"),
        ("I'm six foot two.", "sort of person"),
        ("My thesis is on sand in rivers.", "What is my thesis in?"),
        ("I have a good job at the port.", "own"),
        ("I drive mostly the A-9 between Perth and Inverness.", "What car"),
        ("I have college on Wednesdays and Fridays.", "How soon"),
        ("My uncle was refused three times.", "How regularly"),
        ("I'm a hopeless driver in the dark.", "employer"),
        ("I want to be a solicitor.", "Which job do I want to be"),
        ("My boss wants me to come in January.", "dream"),
        ("My dad has an appointment on the 2nd of May.", "What time"),
        ("I've had a hip replacement.", "owner of"),
        ("I'm thinking of opening a second shop in Derry.", "thinking in"),
        ("I sold my boat to a man from Tipperary.", "boat from"),
        ("I quit smoking the same day.", "same day"),
        ("I have my driving test on 1 August.", "owner of"),
        ("They've put me on iron.", "Who has put"),
        ("They test my blood every six weeks.", "they exam"),
        ("I coach JV cross country on Fridays.", "the country"),
        ("My sister goes to Oregon State.", "go to see"),
        ("My niece has started at university.", "business"),
        ("My brother sells trucks.", "work as"),
        ("My accountant has done my taxes for ten years.", "How much time"),
    ],
)
def test_nobody_asks_that(message, no_part):
    assert not [question for question in answers(day(message)) if no_part in question]


def test_nobody_else_is_the_answer():
    asked = answers(day("My daughter Ilse's girlfriend Bo is allergic to nuts."))
    assert "Ilse" not in asked["Who is allergic to nuts?"]


def test_a_subject_is_named_once_in_a_question():
    asked = answers(day("My aunt works at the port."))
    assert "Where does my aunt spend her working day?" in asked
