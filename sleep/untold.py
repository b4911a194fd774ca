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
_OWNED: Final = re.compile(r"\bmy ([\w-]+(?: [\w-]+)?)")
_WORD: Final = re.compile(r"[a-z]{3,}")
# Told with one of these words, asked with another.
_ALIKE: Final = {
    word: line.split()[0]
    for line in (
        "mother mum mom",
        "father dad",
        "grandmother grandma granny",
        "company work job employer firm",
        "allergic allergy intolerant intolerance hives rash coeliac eat",
        "born birth birthplace",
        "flat apartment",
        "film movie",
        "colour color",
        "bicycle bike",
        "children child kid son daughter baby",
    )
    for word in line.split()
}


def untold(split: str, told: Iterable[str], asked: Iterable[str] = ()) -> list[Lesson]:
    """The general list of one split ("train" or "exam"), less what was told in any words.

    told: the memories. asked: questions that they answer, for a memory may well answer what shares
    no word with it: "Which company do I work for?" after "I'm a baker at Crumb's".
    """
    known, asked_with = _stems_of(told), _stems_of(asked)
    chosen = texts.unknown("train" if split == "train" else "exam")
    return [
        Lesson(item.question, answer_for(item.thing, at), (), "unknown", split)
        for at, item in enumerate(chosen)
        if not known & _stems(item.question)
        and not asked_with & (_owned(item.question) or _stems(item.question))
    ]


def owner_told(question: str, asked: Iterable[str]) -> bool:
    """Whether a question is about somebody or something of the user's that the memories have."""
    return bool(_owned(question) & _stems_of(asked))


def answer_for(thing: str, at: int) -> str:
    """One of a few wordings, so that no single phrase is learned by rote."""
    return ANSWERS[at % len(ANSWERS)].format(thing=thing)


def _owned(question: str) -> set[str]:
    """What decides in a question about something the user has: "sofa" in "... my sofa?"."""
    return _stems(" ".join(_OWNED.findall(question.lower())))


def _stems_of(every: Iterable[str]) -> set[str]:
    return {word for text in every for word in _stems(text)}


def _stems(text: str) -> set[str]:
    """Words that say what a text is about, in one form each."""
    common = texts.common_words() - _ALIKE.keys()
    words = {word for word in _WORD.findall(text.lower()) if word not in common}
    return {_ALIKE.get(word) or _ALIKE.get(stem(word)) or stem(word) for word in words}
