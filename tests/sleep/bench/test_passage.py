"""Passages into lessons: what a sentence of an encyclopaedia is asked."""

import pytest

from sleep.bench.passage import sentences, study
from sleep.bench.scoring import contains
from sleep.bench.spans import spans
from sleep.memory import Lesson

LIGHTHOUSE = (
    "The Skerra lighthouse was built by Marta Holm in 1874. "
    "It stands on a cliff near Vardal and guides 320 ships a year. "
    "The keeper was dismissed because the lamp went out."
)


def asking(text: str, words: str) -> list[Lesson]:
    return [lesson for lesson in study(text) if words in lesson.expect]


@pytest.mark.parametrize("words", ["1874", "Marta Holm", "320", "Vardal"])
def test_every_name_number_and_date_is_the_answer_of_several_questions(words: str):
    found = asking(LIGHTHOUSE, words)
    assert len({lesson.question for lesson in found}) >= 3


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("In what year was the Skerra lighthouse built by Marta Holm?", "1874"),
        ("By whom was the Skerra lighthouse built in 1874?", "Marta Holm"),
        ("Who built the Skerra lighthouse in 1874?", "Marta Holm"),
        ("What happened to the Skerra lighthouse?", "was built"),
        ("Why was the keeper dismissed?", "the lamp went out"),
    ],
)
def test_a_question_is_asked_in_the_order_of_a_question(question: str, answer: str):
    found = [lesson for lesson in study(LIGHTHOUSE) if lesson.question == question]
    assert [lesson.expect[0] for lesson in found] == [answer]


def test_every_lesson_answers_its_question_and_names_the_sentence_it_comes_from():
    found = study(LIGHTHOUSE)
    assert len(found) > 20
    for lesson in found:
        assert any(contains(lesson.answer, words) for words in lesson.expect), lesson
        assert len(lesson.answer.split()) <= 14
        assert lesson.split == "train"
        assert any(contains(lesson.source, words) for words in lesson.expect), lesson


def test_a_pronoun_at_the_beginning_is_what_was_spoken_of_last():
    sources = {lesson.source for lesson in asking(LIGHTHOUSE, "320")}
    assert sources == {
        "The Skerra lighthouse stands on a cliff near Vardal and guides 320 ships a year."
    }


def test_a_pronoun_that_nothing_was_said_of_stays():
    assert {lesson.source for lesson in study("It measures 40 metres.")} == {
        "It measures 40 metres."
    }


def test_a_phrase_too_long_a_way_from_its_clause_is_answered_alone():
    text = (
        "After a long dispute over money the council of the small town finally agreed to lend "
        "the builders of the harbour the sum of $45,000 without any interest at all."
    )
    assert {lesson.answer for lesson in asking(text, "$45,000")} == {"$45,000."}


@pytest.mark.parametrize(
    ("text", "words", "ask"),
    [
        ("The bridge opened on 3 May 1921.", "3 May 1921", "what date"),
        ("Most of it dates from the 13th century.", "13th century", "what century"),
        ("The war (1750–1763) was long.", "1750–1763", "what years"),
        ("It fell in 212 BC.", "212 BC", "what year"),
        ("Tea makes up 12.5% of the trade.", "12.5%", "what percentage"),
        ("It cost $3.5 million.", "$3.5 million", "how much money"),
        ("The choir has nine singers.", "nine", "how many"),
    ],
)
def test_figures_are_asked_for_as_what_they_are(text: str, words: str, ask: str):
    (found,) = [span for span in spans(text) if text[span.start : span.end] == words]
    assert ask in found.asks


def test_a_list_is_asked_for_as_a_whole_and_item_by_item():
    text = "The island sells wool, salt and timber."
    found = {text[span.start : span.end] for span in spans(text)}
    assert {"wool, salt and timber", "wool", "salt", "timber"} <= found


def test_sentences_end_at_full_stops_but_not_at_those_of_initials():
    text = 'J. R. Holm came to St. Ives in 1900.[3] She said "no." Then she left.'
    assert sentences(text) == [
        "J. R. Holm came to St. Ives in 1900.",
        'She said "no."',
        "Then she left.",
    ]


def test_nothing_is_made_of_nothing():
    assert study(" ... ") == ()
