"""Whose a telling is: about the user, theirs, or what was done to them."""

from __future__ import annotations

import re

from sleep.recall.english import word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.measures import is_when, measure
from sleep.recall.telling import Telling

_GIVING = word_set("giving_verbs")
_TAKING = word_set("taking_verbs")
_UPSETTING = word_set("upsetting_verbs")
_REACTIONS = word_set("reactions")
RESCHEDULING = word_set("rescheduling")
_EVALUATIVE = word_set("evaluative")
_DONE_TO = word_set("done_to")
_DISTANT = frozenset({"friend", "mate", "colleague", "boss", "neighbour", "neighbor", "teacher"})
_SOME_OF_MINE = re.compile(
    r"(?:one|two|three|four|some|most|all|both|half|many) of (?:my|our|us)\b", re.IGNORECASE
)


def about_user(told: Telling, familiar: set[str], heads: set[str]) -> bool:
    """Whether a telling is about the user, theirs, or what acted on them.

    familiar: names of those whose owner is not said. heads: nouns of things already told about.
    """
    opening = told.phrase.tokens[0]
    if opening.low in {"both", "all"} and len(told.phrase.tokens) > 2:
        opening = told.phrase.tokens[1]
    owners = sum(token.text.endswith("'s") for token in told.phrase.tokens)
    if owners > 1 or (owners and told.phrase.head in _DISTANT):
        return False  # "my friend's sister's boss", "my cousin's friend"
    if _SOME_OF_MINE.match(told.phrase.text):
        return True
    if told.me or opening.low in {"my", "our"} or told.phrase.text in familiar:
        return True
    if opening.text.removesuffix("'s") in familiar:
        return True
    names = told.phrase.names
    if opening.low in _EVALUATIVE and names and names[-1] in familiar:
        return True  # "poor Sadie"
    first = told.chunks[0] if told.chunks else None
    if first is None:
        return False
    if done_to_me(told):
        return True
    to_me = first.text.lower() in {"me", "us"}
    if to_me and told.past and opening.low in {"a", "an", "the"} and told.human:
        return True
    if to_me and told.lemma in _GIVING and len(told.chunks) > 1:
        return True
    if to_me and not told.past and told.lemma in _UPSETTING and reaction(told):
        return True
    mine = first.phrase is not None and first.phrase.first in {"my", "our"}
    body = first.phrase is not None and any(
        "body" in categories(t.low) for t in first.phrase.tokens
    )
    if mine and body and not told.past and told.lemma in _UPSETTING:
        return reaction(told)
    if mine and told.past and told.lemma in _TAKING:
        return opening.low in {"somebody", "someone", "a", "an"}
    if opening.low != "the":
        return False
    if told.human and told.lemma in {"come", "visit"} and not told.past and _dated(told):
        return True  # "the cleaner comes on Thursdays"
    moved = told.copula or told.lemma in RESCHEDULING
    return _dated_event(told) or (told.phrase.head in heads and moved and _dated(told))


def done_to_me(told: Telling) -> bool:
    """ "They put me on iron", "the clinic tests my blood every month": to the user, as a patient
    or an employee."""
    first = told.chunks[0] if told.chunks else None
    opening = told.phrase.first
    titled = opening.rstrip(".") in {"dr", "mr", "mrs", "ms", "prof", "nurse", "sister"}
    somebody = opening in {"they", "doc", "doctor"} or (opening == "the" and told.human) or titled
    if first is None or not somebody or told.negated or told.lemma not in _DONE_TO:
        return False
    if first.text.lower() in {"me", "us"}:
        return len(told.chunks) > 1
    mine = first.phrase is not None and first.phrase.first in {"my", "our"}
    return mine and any(word in told.rest.split() for word in ("every", "each", "once", "twice"))


def wages(told: Telling) -> bool:
    """ "They pay 14 euros an hour": what the user earns, whoever pays."""
    phrase = told.chunks[0].phrase if told.chunks else None
    paid = measure(phrase) if phrase is not None else None
    return told.lemma == "pay" and paid is not None and paid.kind == "money"


def reaction(told: Telling) -> bool:
    """Whether it tells what a body does against something: hives, a rash, being sick."""
    return any(chunk.head in _REACTIONS for chunk in told.chunks)


def _dated_event(told: Telling) -> bool:
    """ "The exam is on 3 May": events that people speak of with "the" are their own."""
    begins = told.copula or told.lemma == "start" or told.lemma in RESCHEDULING
    if "event" not in categories(told.phrase.head) or not begins:
        return False
    return _dated(told)


def _dated(told: Telling) -> bool:
    """Whether it says when or where something is."""
    for before, chunk in zip((None, *told.chunks), told.chunks, strict=False):
        preposition = before.head if before is not None and before.kind == "prep" else ""
        if chunk.phrase is None or measure(chunk.phrase) is not None:
            continue
        place = preposition == "in" and {"city", "country"} & set(categories(chunk.phrase.head))
        if (
            is_when(chunk.phrase, preposition)
            or place
            or (preposition in {"in", "at"} and chunk.phrase.names and not is_person(chunk.head))
        ):
            return True
    return False
