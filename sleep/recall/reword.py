"""The same question with a word exchanged for one that means the same: "bike" for "bicycle".

A small model learns the words of the questions it is trained on; the more of them, the better it
understands the next one. General English from `english/reword.toml`, nothing about any person.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from sleep.recall.asking import Ask
from sleep.recall.english import table

REWORDED = "reworded"
EXCHANGED_AT_MOST = 2  # times that one word of a fact's questions is exchanged
_KINDS = frozenset({"direct", "which", "name", "frame"})


@cache
def _groups() -> tuple[tuple[tuple[str, re.Pattern[str]], ...], ...]:
    """The groups, each word with the pattern that finds it whole."""
    return tuple(
        tuple(
            (word, re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w'-])"))
            for word in line.split(" / ")
        )
        for line in table("reword")["groups"]
    )


def reworded(asks: Sequence[Ask], names: Sequence[str], rng: random.Random) -> list[Ask]:
    """A variant of the asks that have a word to exchange: one for every word, then a second one.
    `names` are never touched."""
    found: list[list[Ask]] = [[] for _ in range(EXCHANGED_AT_MOST)]
    taken: Counter[str] = Counter()
    for ask in asks:
        variants = list(_variants(ask, names)) if ask.kind in _KINDS else []
        free = [one for one in variants if taken[one[0]] < EXCHANGED_AT_MOST]
        if free:
            word, variant = rng.choice(free)
            found[taken[word]].append(variant)
            taken[word] += 1
    return [variant for turn in found for variant in turn]


def _variants(ask: Ask, names: Sequence[str]) -> Iterator[tuple[str, Ask]]:
    """(The word exchanged, the ask with another in its place)."""
    for group in _groups():
        held = [(word, pattern) for word, pattern in group if word in ask.direct]
        for word, pattern in held:
            if not pattern.search(ask.direct) or any(word in name.lower() for name in names):
                continue
            for other, whole in group:
                if other != word and not (other in ask.direct and whole.search(ask.direct)):
                    variant = replace(
                        ask,
                        form=f"{other}/{ask.form}",
                        kind=REWORDED,
                        direct=_fitting(pattern.sub(other, ask.direct, count=1)),
                        embedded=_fitting(pattern.sub(other, ask.embedded, count=1)),
                        said="",
                    )
                    yield word, variant
            break


def _fitting(text: str) -> str:
    """The article that the new word asks for."""
    text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    return re.sub(r"\ban (?=[^aeiou\W])", "a ", text)
