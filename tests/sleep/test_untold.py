"""Personal questions for the honest answer, less those that somebody has answered."""

import pytest

from sleep import texts
from sleep.untold import ANSWERS, answer_for, owner_told, untold


def questions(split: str, *told: str) -> set[str]:
    return {lesson.question for lesson in untold(split, told)}


@pytest.mark.parametrize("split", ["train", "exam"])
def test_with_nothing_told_the_whole_list(split):
    lessons = untold(split, [])
    chosen = texts.unknown(split)
    assert [lesson.question for lesson in lessons] == [item.question for item in chosen]
    assert {lesson.kind for lesson in lessons} == {"unknown"}
    assert {lesson.split for lesson in lessons} == {split}
    assert not any(lesson.expect for lesson in lessons)


def test_splits_share_no_question():
    assert not questions("train") & questions("exam")


@pytest.mark.parametrize(
    ("told", "left_out"),
    [
        ("Your brother is called Tom.", "What is my brother's name?"),
        ("your BROTHER lives abroad", "What is my brother's name?"),
        ("Your brothers are twins.", "What is my brother's name?"),
        ("Your two sisters live in Leeds.", "How many sisters do I have?"),
        ("Your sister is Anna.", "How many sisters do I have?"),
        ("Your mum is called Ruth.", "What is my mother called?"),
        ("Your dad is a baker.", "What does my father do for a living?"),
        ("You have a nut allergy.", "What am I allergic to?"),
        ("You cannot eat kiwi.", "What am I allergic to?"),
        ("You work at a hospital.", "Which company do I work for?"),
        ("Your favorite color is green; your eyes are grey.", "What colour are my eyes?"),
        ("Your favourite movie is Alien.", "What is my favourite film?"),
        ("You studied law and went to school in Bath.", "Where did I go to school?"),
        ("Your apartment has four rooms.", "How many rooms does my flat have?"),
        ("Your birthplace is Oslo.", "Where was I born?"),
        ("You fly to Rome in May.", "Where am I flying next month?"),
    ],
)
def test_what_a_memory_may_answer_is_left_out(told, left_out):
    assert left_out in questions("train")
    assert left_out not in questions("train", told)


def test_what_no_memory_touches_stays():
    told = ["Your canoe is called Biscuit.", "You like the usual kind of soup best, not stew."]
    assert questions("train", *told) == questions("train")
    left_out = questions("train") - questions("train", "Your brother is called Tom.")
    assert "What is my brother's name?" in left_out
    assert all("brother" in question for question in left_out)


def test_several_memories_count_together():
    one, other = "Your brother is Tom.", "Your boss is Noah."
    both = questions("train", one, other)
    assert both == questions("train", one) & questions("train", other)
    assert len(both) < len(questions("train", one)) < len(questions("train"))


def test_the_wording_changes():
    answers = [lesson.answer for lesson in untold("train", [])]
    assert len(set(answers[:3])) == len(ANSWERS) == 3
    thing = "your brother's name"
    assert [answer_for(thing, at) for at in range(3)] == [
        "You haven't told me that yet.",
        "I don't know, you haven't told me.",
        "You haven't told me your brother's name.",
    ]
    assert answer_for(thing, 3) == answer_for(thing, 0)
    assert not any("{" in answer for answer in answers)


def left_out_by(*asked: str) -> set[str]:
    return questions("train") - {x.question for x in untold("train", [], asked)}


def test_what_a_memory_is_asked_in_other_words_is_left_out():
    """ "I'm a baker at Crumb's" shares no word with a question about the company."""
    assert not questions("train") - questions("train", "You are a baker at Crumb's.")
    assert "Which company do I work for?" in left_out_by("What is my company called?")
    assert "How many children do I have?" in left_out_by("What is my son called?")


def test_what_the_user_has_decides_not_what_is_asked_of_it():
    left_out = left_out_by("What colour is my car?")
    assert "What was my first car?" in left_out
    assert "What colour is my sofa?" not in left_out
    assert "Which colour do I wear most?" in left_out


def test_whose_questions_were_told():
    asked = ["What is my boss called?", "Where does my sister live?"]
    assert owner_told("When is my sister's birthday?", asked)
    assert not owner_told("Where does my brother live?", asked)
    assert not owner_told("Where do I live?", asked)
