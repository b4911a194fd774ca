"""Personal questions nobody has answered for the assistant: what it must say it was not told.

Two sources: the twins that recall makes of the day's own questions, and the general list of
`sleep.texts`. Of the latter, everything is left out that any memory might answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sleep import texts
from sleep.memory import Lesson
from sleep.recall.words import stem

ANSWERS: Final = (
    "You haven't told me that yet.",
    "I don't know, you haven't told me.",
    "You haven't told me {thing}.",
)
_WORD: Final = re.compile(r"[a-z]{3,}")
# Told with one of these words, asked with another.
_ALIKE: Final = {
    word: line.split()[0]
    for line in (
        "mother mum mom",
        "father dad",
        "grandmother grandma granny",
        "company work job employer firm",
        "allergic allergy",
        "born birth birthplace",
        "flat apartment",
        "film movie",
        "colour color",
        "bicycle bike",
    )
    for word in line.split()
}


def untold(split: str, told: Iterable[str]) -> list[Lesson]:
    """The general list of one split ("train" or "exam"), less what `told` (memories) may answer."""
    known = {word for text in told for word in _stems(text)}
    chosen = texts.unknown("train" if split == "train" else "exam")
    return [
        Lesson(item.question, answer_for(item.thing, at), (), "unknown", split)
        for at, item in enumerate(chosen)
        if not known & _stems(item.question)
    ]


def answer_for(thing: str, at: int) -> str:
    """One of a few wordings, so that no single phrase is learned by rote."""
    return ANSWERS[at % len(ANSWERS)].format(thing=thing)


def _stems(text: str) -> set[str]:
    """Words that say what a text is about, in one form each."""
    common = texts.common_words() - _ALIKE.keys()
    words = {word for word in _WORD.findall(text.lower()) if word not in common}
    return {_ALIKE.get(word) or _ALIKE.get(stem(word)) or stem(word) for word in words}
