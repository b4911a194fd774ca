"""The shipped texts: complete, answerable, and never the same in training and in the exam."""

import re
from collections import Counter

import pytest

from sleep import texts


def normal(text: str) -> str:
    """Letters and digits in lower case: two wordings that differ in signs only are the same."""
    return " ".join(re.findall(r"\w+", text.lower()))


def test_there_are_enough_of_each() -> None:
    assert len(texts.anchors()) >= 100
    assert len({anchor.kind for anchor in texts.anchors()}) >= 8
    assert len(texts.general_exam()) == 40
    assert len(texts.heldout_chats()) == 20
    assert 700 <= len(texts.heldout_prose().split()) <= 900
    assert 700 <= len(texts.prose().split()) <= 1000
    assert not {*texts.prose().split("\n\n")} & {*texts.heldout_prose().split("\n\n")}
    assert len(texts.in_context("anchor")) == len(texts.in_context("exam")) == 20
    assert len(texts.unknown("train")) >= 30
    assert len(texts.unknown("exam")) >= 25


def test_nothing_trained_on_is_examined() -> None:
    trained = {normal(anchor.prompt) for anchor in texts.anchors()}
    trained |= {normal(item.question) for item in texts.in_context("anchor")}
    trained |= {normal(item.question) for item in texts.unknown("train")}
    examined = [normal(item.question) for item in texts.general_exam()]
    examined += [normal(item.question) for item in texts.in_context("exam")]
    examined += [normal(item.question) for item in texts.unknown("exam")]
    examined += [normal(turn.content) for chat in texts.heldout_chats() for turn in chat.turns]
    assert not trained & set(examined)


def test_nothing_is_there_twice() -> None:
    prompts = [normal(anchor.prompt) for anchor in texts.anchors()]
    prompts += [normal(item.question) for item in texts.general_exam()]
    prompts += [normal(i.question) for split in ("train", "exam") for i in texts.unknown(split)]
    assert [prompt for prompt, count in Counter(prompts).items() if count > 1] == []


@pytest.mark.parametrize("split", ["anchor", "exam"])
def test_an_in_context_answer_stands_in_the_prompt_and_not_in_the_question(split) -> None:
    for item in texts.in_context(split):
        prompt = normal(" ".join([*item.notes, *(turn.content for turn in item.turns)])).split()
        given = [answer for answer in item.accept if set(normal(answer).split()) <= set(prompt)]
        assert given, item
        asked = set(normal(item.question).split())
        assert not any(set(normal(answer).split()) <= asked for answer in item.accept), item


def test_both_forms_of_context_are_there() -> None:
    for split in ("anchor", "exam"):
        items = texts.in_context(split)
        assert sum(bool(item.notes) for item in items) >= 8
        assert sum(bool(item.turns) for item in items) >= 8


def test_conversations_alternate_and_end_where_they_should() -> None:
    chats = [(chat.turns, "assistant") for chat in texts.heldout_chats()]
    chats += [
        (item.turns, "assistant")
        for split in ("anchor", "exam")
        for item in texts.in_context(split)
        if item.turns
    ]
    for turns, last in chats:
        assert [turn.role for turn in turns][::2] == ["user"] * ((len(turns) + 1) // 2)
        assert [turn.role for turn in turns][1::2] == ["assistant"] * (len(turns) // 2)
        assert turns[-1].role == last


def test_a_general_answer_is_not_given_away_by_its_question() -> None:
    for item in texts.general_exam():
        asked = normal(item.question).split()
        either_or = " or " in item.question
        assert either_or or not any(normal(answer) in asked for answer in item.accept), item


def test_unknown_questions_read_as_the_users_own() -> None:
    for split in ("train", "exam"):
        for item in texts.unknown(split):
            assert re.search(r"\b(my|I|me)\b", item.question), item
            assert re.search(r"\byour?\b", item.thing), item
            assert item.question.endswith("?")
