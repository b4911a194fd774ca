"""What kind of thing a noun names ("piano" is an instrument), and banks to draw others from.

A word that is missing costs a "Which instrument ..." question; the plain ones need no lexicon.
"""

from __future__ import annotations

from functools import lru_cache

from sleep.recall.english import table
from sleep.recall.words import noun_lemma

_TABLE = {name.replace("_", " "): entry for name, entry in table("nouns").items() if "ask" in entry}
MEMBERS = {
    name: tuple(word.replace("_", " ") for word in entry["members"].split())
    for name, entry in _TABLE.items()
}
ASK_WITH: dict[str, tuple[str, ...]] = {name: tuple(entry["ask"]) for name, entry in _TABLE.items()}
SYNONYMS: dict[str, str] = table("nouns")["synonyms"]
PEOPLE = frozenset(MEMBERS["relative"]) | frozenset(MEMBERS["person"])


@lru_cache(maxsize=5000)
def categories(phrase: str) -> tuple[str, ...]:
    """Categories of a noun or short phrase, most specific first; empty when unknown."""
    low = phrase.lower().strip("'\" ")
    words = low.split()
    last = words[-1] if words else ""
    pair = " ".join(words[-2:])
    for candidate in (low, noun_lemma(low), pair, last, noun_lemma(last)):
        found = tuple(name for name, members in MEMBERS.items() if candidate in members)
        if found:
            return found
    return ()


def is_person(head: str) -> bool:
    """Whether a noun names a kind of person."""
    low = noun_lemma(head)
    return low in PEOPLE or low in MEMBERS["job"] or head.lower() in PEOPLE
