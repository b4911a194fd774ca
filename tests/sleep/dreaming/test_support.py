"""What a dream may say: a list of inventions, each of which must be refused, and of truths."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleep.dreaming.dream import Source, Topic
from sleep.dreaming.support import support
from tests.sleep.dreaming.day import DOG, PORTO, sources, topic

EVERYTHING = Topic(tuple(sources().values()))

TRUE = (
    "Your dog is called Biscuit.",
    "Your sister Anna lives in Porto.",
    "Your sister lives in Porto.",
    "You work in Leeds.",
    "Your brother is 34.",
    "Your best friend Tom has a cat.",
    "Your best friend Tom has a cat called Milo.",
    "You are allergic to peanuts.",
    "Where does my sister live?",
    "Who is Biscuit?",
    "What is the name of my dog?",
    "Porto",
    "Your brother is 34. Your dog is called Biscuit.",
)

INVENTED = (
    "Your dog is called Max.",  # another value
    "Your dog is called Biscuit. Your cat is called Tiger.",  # one sentence of two
    "Your brother is 43.",
    "Your brother is 340.",
    "Your brother is 34 and married.",
    "You are called Biscuit.",  # another subject
    "Your cat is called Milo.",
    "Your nurse works in Leeds.",
    "You live in Porto.",
    "Your brother lives in Porto.",
    "Your sister's sister Anna lives in Porto.",
    "Your sister is called Biscuit.",  # two memories mixed
    "Your dog Biscuit lives in Porto with your sister Anna.",
    "Your sister Anna lives in Leeds.",
    "Your sister Porto lives in Anna.",  # the same words in other places
    "Porto is your sister.",
    "Peanuts are allergic to you.",
    "Your sister Anna does not live in Porto.",  # denied
    "Your dog isn't called Biscuit.",
    "You eat meat.",  # not denied, where the memory denies
    "You like peanuts.",  # another verb
    "You can eat peanuts.",
    "Your sister Anna died in Porto.",
    "Your sister Anna might live in Porto.",
    "I work in Leeds.",  # another voice
    "My dog is called Biscuit.",
    "Where does your sister live?",
    "What is my dog Max called?",  # presupposed
    "Why did my dog Biscuit run away?",
    "Porto is the capital of Portugal.",  # true, and not from any memory
    "Hello! How can I help you today?",
    "Yes.",
    "",
    "...",
)


@pytest.mark.parametrize("text", TRUE)
def test_what_a_memory_says_may_be_dreamt(text):
    found = support(text, EVERYTHING)
    assert found.supported, found.reason
    assert found.memories


@pytest.mark.parametrize("text", INVENTED)
def test_what_no_memory_says_may_not(text):
    found = support(text, EVERYTHING)
    assert not found.supported
    assert found.reason
    assert found.memories == EVERYTHING.ids


def test_it_is_known_which_memory_is_behind_it():
    porto = sources()[PORTO]
    assert support(PORTO, topic(DOG, PORTO)).memories == (porto.id,)
    assert not support(PORTO, topic(DOG)).supported, "not what the dream was about"
    both = support(f"{DOG} {PORTO}", topic(DOG, PORTO))
    assert both.memories == (sources()[DOG].id, porto.id)


def test_the_reason_names_the_sentence_and_what_is_wrong():
    found = support("Your dog is called Max.", topic(DOG))
    assert found.reason == "no memory supports 'Your dog is called Max.': 'max' is not in it"


NAMES = st.sampled_from(["Max", "Rex", "Tiger", "Elena", "Oslo", "1987", "Mr Jones"])


@given(st.sampled_from(TRUE), NAMES, st.integers(0, 8))
def test_a_new_name_is_never_let_through(text, name, at):
    """Wherever it is put into a true sentence."""
    words = text.split()
    words.insert(min(at, len(words)), name)
    assert not support(" ".join(words), EVERYTHING).supported


@given(st.sampled_from([text for text in TRUE if "?" not in text]), st.integers(0, 8))
def test_a_denial_is_never_let_through(text, at):
    words = text.split()
    words.insert(min(at, len(words)), "never")
    found = support(" ".join(words), topic(DOG, PORTO))
    assert not found.supported


def test_what_is_about_nobody_needs_no_subject():
    """A passage: its own sentences and no others."""
    passage = "Writings in Estonian became significant only in the 19th century."
    source = Source(1, passage, "", (passage,), "day-0001")
    assert support(passage, Topic((source,))).supported
    assert not support("Writings in Latvian became significant.", Topic((source,))).supported
    assert not support(
        "Estonian writings became significant in the 13th.", Topic((source,))
    ).supported
    about_you = replace(sources()["You work as a nurse in Leeds."], subject="I")
    assert not support("A nurse works in Leeds.", Topic((about_you,))).supported
