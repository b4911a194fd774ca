"""A day of messages into facts, corrections, lessons and twins."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sleep.memory import Heard, Known
from sleep.recall import corrections, read
from sleep.recall.lessons import TRAIN_AT_MOST
from tests.sleep.recall.telling_day import day, fact, questions, texts

COUSIN = "My cousin, who is a baker in Ghent, is getting married in May."


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("I work as a plumber in Cork.", "You work as a plumber in Cork."),
        ("my dog's called Ziggy lol", "Your dog is called Ziggy."),
        ("my cat's name is pip", "Your cat is called Pip."),
        ("im allergic to shellfish btw", "You are allergic to shellfish."),
        ("We moved to Turin from Graz.", "You moved to Turin from Graz."),
        ("My aunt Berit teaches physics in Bodø.", "Your aunt Berit teaches physics in Bodø."),
        ("Today I went to Elm Park and fed the ducks.", "You went to Elm Park."),
        ("I used to play the oboe.", "You used to play the oboe."),
        ("I've been a vegan since 2015.", "You have been a vegan since 2015."),
        (COUSIN, "Your cousin is a baker in Ghent."),
        (COUSIN, "Your cousin is getting married in May."),
        ("I don't eat pork.", "You do not eat pork."),
        ("Remember that I'm left-handed.", "You are left-handed."),
        ("On Tuesdays I sing in a choir.", "You sing in a choir on Tuesdays."),
        ('I read a novel called "Glass" last week.', 'You read a novel called "Glass".'),
        ("Can you write to my landlord? His name is Mr Osei.", "Your landlord is called Mr Osei."),
        ("My niece Ada is six. She plays the harp.", "Your niece Ada plays the harp."),
        ("My best mate Olu, he lives in Leeds.", "Your best mate Olu lives in Leeds."),
        ("I start at eight, I work there as a welder.", "You work as a welder."),
        ("It's me and the dog. The dog is called Rufus.", "Your dog is called Rufus."),
        ("The parrot is named Coco by the way.", "Your parrot is called Coco."),
        ("No peanuts please, I'm allergic to them.", "You are allergic to peanuts."),
        ("Nothing with milk, I'm allergic to it.", "You are allergic to milk."),
        ("I'm learning Danish, and I keep forgetting the words.", "You are learning Danish."),
        ("I'm learning Danish and I hate verbs.", "You are learning Danish."),
        ("My wife is Berit.", "Your wife is called Berit."),
        ("My wife is Danish.", "Your wife is Danish."),
    ],
)  # fmt: skip
def test_a_statement_becomes_a_fact_addressed_to_the_user(message, expected):
    assert expected in texts(day(message))


@pytest.mark.parametrize(
    "message",
    [
        "What is the capital of Peru?",
        "can you help me with my homework",
        "Thanks, that was really helpful!",
        "I think you are right about that.",
        "Okay, I will try that. Thank you for your advice.",
        "If I lived in Paris, I would eat croissants.",
        "Hello there! How are you?",
        "You should visit the zoo.",
        "It was wonderful.",
        "I feel tired today.",
        "lol ok",
        "Paris is beautiful in spring.",
        "I might go to the gym.",
        "I'd better bring my uncle an umbrella.",
        "I need tea before I can think.",
        "I keep forgetting the words.",
        "The capital is called Lima.",
        "I live there.",
        "A photo with my cousins. I'm allergic to them.",
    ],
)
def test_talk_that_tells_nothing_gives_no_fact(message):
    reading = day(message)
    assert texts(reading) == []


def test_several_facts_of_one_message_keep_their_source():
    message = "I'm Tova, I live in Malmö with my husband Nils and we have a cat named Pip."
    reading = day("hi", message)
    assert {"Your name is Tova.", "Your husband is called Nils.", "Your cat is called Pip."} <= set(
        texts(reading)
    )
    assert {one.message_id for one in reading.facts} == {2}
    assert {one.source for one in reading.facts} == {message}


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        ("What's your cat's name?", "Pip.", "Your cat is called Pip."),
        ("Oh! Where did you grow up?", "In a hut near Tartu", "You grew up in a hut near Tartu."),
        ("How old are you?", "41", "You are 41 years old."),
        ("Which instrument do you play?", "the cello", "You play the cello."),
        ("Do you have any pets?", "Yes, two rabbits.", "You have two rabbits."),
        ("What do you do for a living?", "a welder", "You work as a welder."),
    ],
)  # fmt: skip
def test_a_bare_answer_is_read_with_the_question_before_it(asked, answered, expected):
    assert expected in texts(day((asked, answered)))


def test_a_bare_answer_without_a_question_is_nothing():
    assert texts(day("Pip.")) == []
    assert texts(day(("Do you like it?", "no"))) == []


def test_a_corrected_name_replaces_the_old_one_everywhere():
    reading = day(
        "My sister Lena is a vet.", "Actually her name is Lene, not Lena.", "Lena plays chess."
    )
    named = fact(reading, "Your sister is called Lene.")
    assert named.contradicts == ("Lena",)
    assert not [one for one in texts(reading) if "Lena" in one]
    assert "Your sister Lene is a vet." in texts(reading)
    corrected = [lesson for lesson in named.lessons if lesson.kind == "correction"]
    assert [lesson.question for lesson in corrected] == ["Is my sister called Lena?"]
    assert corrected[0].answer == "Your sister is called Lene."


def test_a_relation_that_holds_once_ends_the_earlier_value():
    reading = day("I live in Graz.", "I live in Turin now.")
    assert texts(reading) == ["You live in Turin."]
    assert fact(reading, "You live in Turin.").contradicts == ("Graz",)
    assert ("You live in Graz.", "corrected later: You live in Turin.") in reading.rejected


def test_a_moved_date_changes_what_was_said_before():
    reading = day("We have a recital on 3 May at the town hall.", "Sorry, the recital is on 9 May.")
    assert "You have a recital on 9 May at the town hall." in texts(reading)
    assert not [one for one in texts(reading) if "3 May" in one]


def test_a_correction_of_an_earlier_night_supersedes_its_memory():
    known = (
        Known(7, "Your dog is called Ziggy.", "my dog", "Ziggy"),
        Known(8, "You live in Graz.", "I", "Graz"),
    )
    reading = day("My dog's name is Zaggy, not Ziggy.", "We moved to Turin.", known=known)
    named = fact(reading, "Your dog is called Zaggy.")
    assert (named.supersedes, named.contradicts) == (7, ("Ziggy",))
    moved = fact(reading, "You moved to Turin.")
    assert (moved.supersedes, moved.contradicts) == (8, ("Graz",))


def test_what_is_already_remembered_is_not_learned_again():
    known = (Known(7, "You live in Graz.", "I", "Graz"),)
    reading = day("I live in Graz.", known=known)
    assert texts(reading) == []
    assert ("You live in Graz.", "already remembered") in reading.rejected


def test_names_of_earlier_nights_make_later_messages_readable():
    known = (Known(7, "Your sister is called Lene.", "my sister", "Lene"),)
    assert "Your sister Lene moved to Oslo." in texts(day("Lene moved to Oslo.", known=known))


def test_questions_come_in_both_directions_and_many_wordings():
    named = fact(day("My dog is called Ziggy."), "Your dog is called Ziggy.")
    asked = " ".join(questions(named))
    assert "my dog" in asked
    assert re.search(r"Who (is|was) Ziggy", asked)
    job = fact(day("I work as a plumber."), "You work as a plumber.")
    assert {"What is my job?", "What do I do for a living?"} & set(questions(job))
    liking = fact(day("I enjoy painting, playing piano and tea tasting."),
                  "You enjoy painting, playing piano and tea tasting.")  # fmt: skip
    pointed = [lesson for lesson in liking.lessons if lesson.expect == ("piano",)]
    assert "Which instrument do I play?" in [lesson.question for lesson in pointed]


@pytest.mark.parametrize("message", ["My niece turned seven on Sunday.", "My niece will be seven."])
def test_an_age_is_asked_for_in_the_ways_people_ask_for_it(message):
    (one,) = day(message).facts
    asked = [lesson for lesson in one.lessons if lesson.question == "How old is my niece?"]
    assert [lesson.expect for lesson in asked] == [("seven",)]
    assert not [question for question in questions(one) if "niece turn?" in question]


def test_a_weekly_time_is_asked_for_with_when_and_on_which_day():
    (one,) = day("We train every Tuesday evening at the gym.").facts
    days = [lesson for lesson in one.lessons if "Tuesday" in lesson.expect]
    asked = {lesson.question for lesson in days}
    assert "When do I train?" in asked
    assert any("day" in question for question in asked)
    assert not [question for question in questions(one) if "train evening" in question]


def test_no_question_contains_its_own_answer():
    """But "What did I tell you about ...?", which only joins a word to its fact, and is not asked
    in an exam."""
    for one in day(*RICH_DAY).facts:
        assert all(x.split == "train" for x in one.lessons if x.kind == "topic")
        for lesson in (x for x in one.lessons if x.kind != "topic"):
            said = lesson.question.lower()
            for word in lesson.expect:
                assert not re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", said), lesson


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("My favourite drink is cocoa.", "Which drink do I prefer?"),
        ("My favourite drink is cocoa.", "My favourite drink, what is it?"),
        ("My birthday is on 3 May.", "When was I born?"),
        ("I ride an old green Raleigh.", "What do I get around on?"),
        ("I'm going to Vigo in August.", "What is my destination?"),
        ("I work as a welder.", "What is my trade?"),
        ("I play the harp.", "What is my instrument?"),
        ("I collect stamps.", "What is my pastime?"),
        ("My best friend is called Tova.", "Who is my closest friend?"),
        ("My aunt lives in Graz.", "My aunt, where does she live?"),
        ("I collect stamps.", "What was it again that I collect?"),
    ],
)  # fmt: skip
def test_other_people_word_it_otherwise(message, question):
    assert question in questions(day(message).facts[0])


def test_frames_ask_only_what_the_thing_allows():
    assert not [q for q in questions(day("I play tennis.").facts[0]) if "instrument" in q]
    went = day("I went to Elm Park in May.").facts[0]
    assert not [q for q in questions(went) if "destination" in q or "leave" in q]


RICH_DAY = (
    "I work as a pharmacist in Ghent and my wife Sofia teaches maths.",
    "Our daughter Emma is seven and plays the cello.",
    "I like hiking, basketball and military history. I also love jazz.",
    "My brother lives in Dresden, his dog is called Max.",
    "We saw a film called \"The Long Field\" and I bought a blue Skoda.",
    "I'm planning to climb Mount Elbrus. I usually get up at six.",
)  # fmt: skip


def test_lessons_are_enough_well_formed_and_split_by_form():
    reading = day(*RICH_DAY)
    assert len(reading.facts) >= 12
    for one in reading.facts:
        train, exam = questions(one, "train"), questions(one, "exam")
        assert 3 <= len(train) <= TRAIN_AT_MOST + 2
        assert len(exam) <= 3
        assert not {q.lower() for q in train} & {q.lower() for q in exam}
        assert one.lessons[0].split == "train"
        for lesson in one.lessons:
            assert re.fullmatch(r"[A-Z0-9\"].*[?.]", lesson.question), lesson.question
            assert lesson.answer.endswith((".", "!"))
            assert any(
                re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lesson.answer, re.IGNORECASE)
                for word in lesson.expect
            ), (lesson.question, lesson.answer, lesson.expect)


def test_no_question_has_two_answers():
    reading = day(*RICH_DAY)
    answers: dict[str, set[str]] = {}
    for one in reading.facts:
        for lesson in one.lessons:
            answers.setdefault(lesson.question.lower(), set()).add(lesson.answer)
    for twin in reading.twins:
        answers.setdefault(twin.question.lower(), set()).add(twin.answer)
    assert [question for question, found in answers.items() if len(found) > 1] == []


def test_twins_ask_only_for_what_was_never_told():
    reading = day(*RICH_DAY, known=(Known(3, "Your nephew is called Olav.", "my nephew", "Olav"),))
    assert 2 * len(reading.facts) <= len(reading.twins) <= 4 * len(reading.facts)
    assert {twin.split for twin in reading.twins} == {"train", "exam"}
    for twin in reading.twins:
        assert twin.kind == "unknown"
        assert any(words in twin.answer for words in twin.expect)
        for word in ("wife", "daughter", "brother", "nephew"):
            assert word not in twin.question.lower()


def test_the_same_seed_gives_the_same_reading():
    assert day(*RICH_DAY) == day(*RICH_DAY)


def test_every_candidate_left_out_has_a_reason():
    reading = day("I think so.", "I feel tired.", "If I win I go to Rome.")
    assert reading.facts == ()
    assert len(reading.rejected) >= 3
    assert all(text and reason for text, reason in reading.rejected)


def test_progress_reaches_the_end():
    seen: list[tuple[int, int]] = []
    heard = [Heard(1, "I live in Graz.", None, 1, "")]
    read(heard, model=None, known=(), seed=0, progress=lambda done, of: seen.append((done, of)))
    assert seen[-1][0] == seen[-1][1]


VOCABULARY = """
I my we sister dog is am was called named who which and , . ? not to of in the a Hanna Oslo 's "
went like likes reading when if because her his it actually three May 12 - so that
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(st.text(max_size=80), max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_a_crash(messages):
    day(*messages)


@given(st.lists(WORDS, max_size=25).map(" ".join), st.lists(WORDS, max_size=8).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_order_of_words_is_read_without_a_crash(message, reply):
    day((reply + "?", message), message)


def test_a_message_is_searched_for_corrections_once():
    corrections.corrects.cache_clear()
    day("I am " * 600)
    assert corrections.corrects.cache_info().misses < 40


def test_a_day_of_the_week_is_no_name():
    assert texts(day("I take my dog to the beach every Sunday.")) == [
        "You take your dog to the beach every Sunday."
    ]
