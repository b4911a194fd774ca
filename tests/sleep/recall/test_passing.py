"""What is over by tomorrow, and what leans on something said before, is no memory."""

from __future__ import annotations

import pytest

from tests.sleep.recall.telling_day import day, texts


@pytest.mark.parametrize(
    "message",
    [
        "My brother knocked on the wall this morning.",
        "My dad drove into a lamp post.",
        "We had a power cut.",
        "I had a row with my neighbour about the hedge.",
        "I spent the whole morning on hold.",
        "My uncle helped me lift it yesterday.",
        "I need to write a card for my boss.",
        "I had to leave the room.",
        "I'm on the train.",
        "My printer's broken.",
        "My dog's got a cold.",
        "I have rice and beans, what else?",
        "I haven't seen my cousins since summer.",
        "I've skipped three weeks.",
        "I was forty.",
        "My hair will never be the same.",
        "I used to think that was silly.",
        "It's been a week.",
        "My aunt is visiting for a week.",
        "My cousins are staying for the weekend.",
        "I've lost my voice.",
        "I've written her a letter.",
        "We have two weddings and a funeral in the next eight days.",
        "The nurse says I can drive in another three weeks.",
        "I hate the sound of that pager.",
        "My dad's going to pick me up in the van.",
        "We're doing Chopin.",
        "My daughter wants new boots.",
        "I want another plumber.",
        "My nephew is the kindest boy in Ohio.",
        "My French is still embarrassing.",
        "I'm stuck on a crossword clue.",
        "I have to write 2000 words on rust.",
        "I reckon I hold the hammer like a spoon.",
    ],
)
def test_what_passes_is_no_memory(message):
    assert texts(day(message)) == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("My sister had a baby on Tuesday.", "Your sister had a baby on Tuesday."),
        ("I sold my boat on Saturday.", "You sold your boat."),
        ("I have to take tablets every morning.", "You have to take tablets every morning."),
        ("I'm on call every third weekend.", "You are on call every third weekend."),
        ("I have to renew my visa by 3 May.", "You have to renew your visa by 3 May."),
        ("I've been a nurse for six years.", "You have been a nurse for six years."),
        ("My van has 90,000 miles on it.", "Your van has 90,000 miles on it."),
        ("I have a shed with a stove in it.", "You have a shed with a stove in it."),
        ("My dad is dead.", "Your dad is dead."),
        ("My aunt is visiting in May.", "Your aunt is visiting in May."),
        ("I want three days off.", "You want three days"),
        ("I take metformin for it.", "You take metformin."),
        ("My cat is deaf.", "Your cat is deaf."),
        ("My brother has asthma and eggs make him ill.", "Your brother has asthma."),
    ],
)
def test_what_lasts_stays(message, expected):
    assert any(text.startswith(expected.rstrip(".")) for text in texts(day(message)))


@pytest.mark.parametrize(
    "message",
    [
        "I'm trying to be calm about it.",
        "My brother has three of them.",
        "I've got about sixty in the back room.",
        "I want to bring my parents something.",
        "My favourite's a blue one with a handle.",
        "We're called Rust and Bone.",
        "My fern has some sort of mould.",
    ],
)
def test_what_leans_on_something_said_before_is_no_memory(message):
    assert texts(day(message)) == []
