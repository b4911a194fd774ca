"""What a clause says of its subject: that it costs so much, is called so, takes place then."""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import categories
from sleep.recall.measures import measure, time_kind
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Clause

_REGULAR = word_set("regular_events")
_TIMED = word_set("rescheduling") | {"be", "start", "begin", "end", "finish"}


def routine(clause: Clause) -> bool:
    """ "On Fridays it is bridge with the girls": what one has then."""
    first = clause.chunks[0] if clause.chunks else None
    plain = clause.verb.lemma == "be" and not clause.verb.helped and not clause.verb.negated
    if clause.subject.first != "it" or not plain or first is None or first.phrase is None:
        return False
    lead = " ".join(clause.lead).lower()
    return re.search(r"\bevery\b|\bon \w+days\b|\bin the \w+s\b", lead) is not None


def costs(clause: Clause) -> bool:
    """ "it costs 90 euros", "that was £40"."""
    if clause.verb.lemma == "cost":
        return True
    first = clause.chunks[0].phrase if clause.chunks else None
    found = measure(first) if first is not None and clause.verb.lemma == "be" else None
    return found is not None and found.kind == "money"


def takes_place(subject: NounPhrase, clause: Clause) -> bool:
    """ "Test moved to 21 November", "shift starts at 7": events that need no "my" in a hurry."""
    dated = any(
        c.phrase is not None and any(t.number for t in c.phrase.tokens) for c in clause.chunks
    )
    begins = clause.verb.lemma in _TIMED and dated and not w.is_plural(subject.head)
    return begins and ("event" in categories(subject.head) or subject.head in _REGULAR)


def when(clause: Clause) -> bool:
    """ "it is the sixteenth", "it's on 12 May": whether the clause says when something is."""
    chunks = (
        clause.chunks[1:2] if clause.chunks and clause.chunks[0].kind == "prep" else clause.chunks
    )
    phrase = chunks[0].phrase if chunks else None
    return clause.verb.lemma == "be" and phrase is not None and bool(time_kind(phrase, "on"))


def says_what(clause: Clause) -> bool:
    """ "... is a Kia", "... is 10 years old", "... costs 900": what it is, not how it is doing."""
    first = clause.chunks[0] if clause.chunks else None
    if first is not None and first.head == "due":
        return True
    if first is None or first.phrase is None or clause.verb.negated:
        return False
    lasting = clause.verb.lemma in {"be", "cost"} and not clause.verb.helped
    return lasting and (first.phrase.first in {"a", "an"} or first.phrase.tokens[0].number)


def names_it(clause: Clause) -> bool:
    """ "The parrot is called Coco": a naming, whoever's it is."""
    verb = clause.verb
    called = verb.lemma in {"call", "name"} and verb.helped
    return called or (verb.lemma == "be" and any(c.kind == "naming" for c in clause.chunks[:1]))


def names_an_animal(clause: Clause) -> bool:
    """ "Biscuit is a rescued greyhound": a name that only a pet can have."""
    subject = clause.subject
    alone = len(subject.tokens) == 1 and subject.tokens[0].name and not categories(subject.text)
    phrase = clause.chunks[0].phrase if clause.chunks else None
    if not alone or clause.verb.lemma != "be" or phrase is None:
        return False
    return "animal" in categories(phrase.head)
