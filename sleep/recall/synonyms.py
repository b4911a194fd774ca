"""The same questions with another verb that says nearly the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sleep.recall.asking import Ask
from sleep.recall.english import table
from sleep.recall.lexicon import categories
from sleep.recall.questions import questions
from sleep.recall.telling import Telling, with_verb

# Verbs that say nearly the same: the question may use either.
_SYNONYMS: dict[str, list[str]] = table("frames")["synonyms"]
_FOOD = frozenset({"dish", "food", "dessert", "fish", "vegetable", "fruit", "drink"})
_TAUGHT = frozenset({"language", "subject", "instrument"})
_SHOWS = frozenset({"film", "film genre", "music"})


def synonym_questions(told: Telling) -> list[Ask]:
    """The questions on a telling, with each verb of its group in place of its own."""
    found: list[Ask] = []
    opening = told.chunks[0] if told.chunks else None
    if opening is None or told.copula or told.particle:
        return []
    if opening.kind == "np":
        for lemma in _SYNONYMS.get(told.lemma, ()):
            if _exchangeable(told, lemma):
                found += _asked_as(with_verb(told, lemma), lemma)
    trip = told.lemma in {"go", "travel"} and (told.past or told.helped)  # no "goes to school"
    if trip and opening.head == "to" and len(told.chunks) > 1:
        visiting = replace(with_verb(told, "visit"), chunks=told.chunks[1:])
        found += _asked_as(visiting, "visit")
    return found


def _asked_as(told: Telling, lemma: str) -> Iterator[Ask]:
    for asked in questions(told)[:4]:
        yield replace(asked, form=f"{lemma}/{asked.form}", kind="frame")


def _exchangeable(told: Telling, lemma: str) -> bool:
    """Whether the verbs mean the same with this object: one studies a language one learns, but
    does not "study" to swim."""
    kinds = {
        name
        for chunk in told.chunks
        if chunk.phrase is not None
        for name in categories(chunk.phrase.head)
    }
    if lemma == "begin" and told.chunks[0].text.lower() in {"me", "us", "him", "her"}:
        return False  # a doctor starts, but never begins, somebody on tablets
    if told.lemma in {"learn", "study"}:
        return bool(kinds & _TAUGHT)
    if {told.lemma, lemma} & {"cook", "prepare"}:
        return bool(kinds & _FOOD)
    if told.lemma in {"see", "watch"}:
        return bool(kinds & _SHOWS) or "film" in told.rest or "movie" in told.rest
    return True
