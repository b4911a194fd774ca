"""A day to dream about, as recall reads it."""

from functools import cache

from sleep.dreaming.dream import Source, Topic
from sleep.memory import Heard
from sleep.recall import read

SAID = (
    "My dog is called Biscuit. My sister Anna lives in Porto. I work as a nurse in Leeds. "
    "My brother is 34. My best friend Tom has a cat called Milo. I am allergic to peanuts. "
    "I don't eat meat."
)


@cache
def sources() -> dict[str, Source]:
    """The memories of the day by their statements."""
    heard = [Heard(1, SAID, None, 1, "2026-01-01T00:00:00Z")]
    facts = read(heard, model=None, known=(), seed=0).facts
    return {
        fact.text: Source(
            number,
            fact.text,
            fact.subject,
            (fact.text, *(text for x in fact.lessons for text in (x.question, x.answer))),
            f"day-{number:04}",
        )
        for number, fact in enumerate(facts, start=1)
    }


DOG, ANNA, PORTO = (
    "Your dog is called Biscuit.",
    "Your sister is called Anna.",
    "Your sister Anna lives in Porto.",
)


def topic(*texts: str) -> Topic:
    """A topic of these statements."""
    return Topic(tuple(sources()[text] for text in texts))
