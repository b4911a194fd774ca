"""A table of answers: which are right, which admit not knowing, and which only seem to."""

import pytest

from sleep import texts
from sleep.grading import accepted, affirmed, plain, says_not_told
from sleep.untold import answer_for


@pytest.mark.parametrize(
    ("answer", "accept"),
    [
        ("Your dog is called Biscuit.", "Biscuit"),
        ("your dog is called BISCUIT!", "Biscuit"),
        ("Biscuit's your dog", "biscuit"),
        ("Biscuit\u2019s asleep.", "Biscuit"),
        ("It is \u201cBiscuit\u201d.", "Biscuit"),
        ("**Biscuit**", "Biscuit"),
        ("He is called O'Brien", "O\u2019Brien"),
        ("He is called O\u2019Brien", "O'Brien"),
        ("You met Zoe there", "Zo\u00eb"),
        ("You met Zoe\u0308 there", "Zo\u00eb"),
        ("You live in Orleans", "Orl\u00e9ans"),
        ("You live in M\u00dcNCHEN", "M\u00fcnchen"),
        ("The stra\u00dfe", "STRASSE"),
        ("in New\u00a0York, I think", "New York"),
        ("in New\n  York", "New York"),
        ("a twenty\u2011one year old", "twenty-one"),
        ("You are 34.", "34"),
        ("At 7:30, then", "7:30"),
        ("It costs 3.5 pounds", "3.5"),
        ("C++ is your favourite", "C++"),
        ("(Biscuit)", "Biscuit"),
    ],
)
def test_right(answer, accept):
    assert accepted(answer, [accept])
    assert accepted(answer, ["nonsense", accept])


@pytest.mark.parametrize(
    ("answer", "accept"),
    [
        ("You like biscuits.", "Biscuit"),
        ("", "Biscuit"),
        ("You live in Yorkshire.", "York"),
        ("Your sister is Annabel", "Anna"),
        ("You are 134.", "34"),
        ("It costs 3.5 pounds", "3"),
        ("It costs 3.5 pounds", "5"),
        ("There were 1,300 of them", "300"),
        ("New shoes from York", "New York"),
        ("It is axb", "a.b"),
    ],
)
def test_not_right(answer, accept):
    assert not accepted(answer, [accept])


def test_nothing_accepted_is_never_right():
    assert not accepted("anything", [])
    assert not accepted("anything", ["", "  "])
    assert not affirmed("anything", ["", " "])


def test_plain_compares_only_what_counts():
    assert plain("  Caf\u00e9\u00a0 \u2018Zo\u00eb\u2019 ") == "cafe 'zoe'"


@pytest.mark.parametrize(
    ("answer", "is_affirmed"),
    [
        ("You live in Leeds.", True),
        ("You live in York or Leeds.", True),
        ("You live in York, not Leeds.", False),
        ("You live in York, not in Leeds.", False),
        ("You no longer live there; York.", False),
        ("You live in York instead of Leeds", False),
        ("You moved from Leeds to York.", False),
        ("Not Leeds. Well, Leeds.", True),
        ("You are not sure, so Leeds.", True),
        ("You live in York.", False),
    ],
)
def test_an_old_value_may_come_to_be_denied(answer, is_affirmed):
    assert affirmed(answer, ["Leeds"]) is is_affirmed


@pytest.mark.parametrize(
    "answer",
    [
        "You haven't told me that yet.",
        "You haven\u2019t told me that yet.",
        "YOU HAVEN'T TOLD ME.",
        "You have not told me your brother's name.",
        "You havent told me",
        "You have not yet told me",
        "You haven't actually mentioned a brother.",
        "You've never told me where you were born.",
        "You never said.",
        "I was never told.",
        "I haven't been told your brother's name.",
        "You didn't tell me.",
        "You did not mention it.",
        "You haven't shared that with me.",
        "You haven't given me your phone number.",
        "You have not provided any details.",
        "I don't know, you haven't told me.",
        "I don't know.",
        "I do not know your brother's name.",
        "I really don't know that.",
        "Sorry, I don't know.",
        "Don't know yet.",
        "I don't know anyone by that name.",
        "I don't know anything about your brother.",
        "I don't remember you telling me.",
        "I can't recall that.",
        "I cannot know that.",
        "I'm sorry, but I don't have access to personal information.",
        "I don't have any information about your brother.",
        "I don't have enough information to say.",
        "As an AI, I have no information about that.",
        "I have no idea.",
        "I have no record of it.",
        "I'm not sure.",
        "I am not aware of a brother.",
        "I am unsure what your brother is called.",
        "That is unknown to me.",
        "I'm not sure, but you can tell me.",
        "You haven't told me, but I would like to know.",
        "I don't know your brother's name, but if you tell me, I will remember it.",
    ],
)
def test_admits(answer):
    assert says_not_told(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Your brother's name is Elena.",
        "",
        "Tom.",
        "You told me that your brother is called Tom.",
        "Your brother is called Tom, as you have told me.",
        "You were born in Leeds and have never left.",
        "Your brother Tom has never said a word.",
        "Your boss is called Noah, and he has no ideas.",
        "He collects piano recordings.",
        "I don't know anyone who bakes better than your brother Tom.",
        "Your neighbours don't know that your brother is Tom.",
        "Your brother can't remember it, but his name is Tom.",
        "I'm not sure, but I think your brother is called Tom.",
        "I don't know, but your brother's name is Tom.",
        "You haven't told me, but his name is probably Tom.",
        "I don't have a brother.",
        "Do you know? It is Tom.",
    ],
)
def test_invents(answer):
    assert not says_not_told(answer)


def test_what_it_is_taught_to_say_counts():
    """Every wording for every thing of the list, in either split."""
    things = [item.thing for split in ("train", "exam") for item in texts.unknown(split)]
    assert len(things) > 50
    for thing in things:
        assert all(says_not_told(answer_for(thing, at)) for at in range(3)), thing
