"""Questions about what somebody has: "my favourite drink", "my sister's birthday"."""

from __future__ import annotations

from dataclasses import replace

from sleep.recall.asking import Ask
from sleep.recall.english import table
from sleep.recall.frames import templates
from sleep.recall.nouns import answer_words
from sleep.recall.telling import Telling

_FAVOURITE = tuple(table("frames")["favourite"]["asks"])
_BIRTHDAY = tuple(table("frames")["birthday"]["asks"])


def attribute_questions(told: Telling) -> list[Ask]:
    """What people also ask about the thing in the subject; empty when no wording fits."""
    words = told.subject.split()
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    if not told.copula or told.negated or not phrases:
        return []
    owner = _owner(told, words)
    expect = answer_words(phrases[0])
    if owner is None or not expect:
        return []
    if words[-1].lower() == "birthday":
        return templates(owner, _BIRTHDAY, expect)
    for k, word in enumerate(words[:-1]):
        if word.lower() in {"favourite", "favorite"}:
            noun = " ".join(words[k + 1 :])
            return templates(owner, tuple(ask.replace("N", noun, 1) for ask in _FAVOURITE), expect)
    return []


def _owner(told: Telling, words: list[str]) -> Telling | None:
    """The telling with the owner as its subject: I of "my ...", my sister of "my sister's ..."."""
    for k, word in enumerate(words):
        if word.endswith("'s"):
            subject = " ".join([*words[:k], word[:-2]])
            return replace(told, subject=subject, me=False, plural=False)
    if words[0].lower() in {"my", "our"}:
        return replace(told, subject="I", me=True, plural=False)
    return None
