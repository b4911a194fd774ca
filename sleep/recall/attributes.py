"""Questions about what somebody has: "my favourite drink", "my sister's birthday"."""

from __future__ import annotations

from sleep.recall.asking import Ask
from sleep.recall.frames import owner_of, templates, wordings
from sleep.recall.nouns import answer_words
from sleep.recall.telling import Telling

_FAVOURITE = wordings("favourite")
_BIRTHDAY = wordings("birthday")


def attribute_questions(told: Telling) -> list[Ask]:
    """What people also ask about the thing in the subject; empty when no wording fits."""
    words = told.subject.split()
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    said = phrases or any(chunk.kind == "adj" for chunk in told.chunks[:1])
    if not told.copula or told.negated or not said:
        return []
    owner = owner_of(told)
    expect = answer_words(phrases[0]) if phrases else (told.chunks[0].text,)
    if owner is None or not expect:
        return []
    if words[-1].lower() == "birthday":
        return templates(owner, _BIRTHDAY, expect)
    for k, word in enumerate(words[:-1]):
        if word.lower() in {"favourite", "favorite"}:
            noun = " ".join(words[k + 1 :])
            return templates(owner, _FAVOURITE, expect, noun=noun)
    return []
