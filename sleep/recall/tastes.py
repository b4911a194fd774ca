"""Questions about what somebody likes, dislikes and does in their free time."""

from __future__ import annotations

from collections.abc import Iterator

from sleep.recall import words as w
from sleep.recall.asking import Ask, fixed
from sleep.recall.frames import fill, templates, wordings
from sleep.recall.lexicon import categories
from sleep.recall.nouns import answer_words
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.questions import LIKING
from sleep.recall.telling import Telling

_HOBBY_QUESTIONS = wordings("hobby")
_TASTE_QUESTIONS = wordings("taste")
_DISLIKE_QUESTIONS = wordings("dislike")
_DISLIKING = frozenset({"hate", "dislike", "detest", "loathe", "despise"})
_PASTIMES = frozenset({"hobby", "sport", "ball game"})
_WITHOUT_VERB = _PASTIMES | {"music", "film genre", "subject"}
_SHORTER = {"ball game": "sport", "film genre": "kind of films", "music": "kind of music"}


def taste_questions(told: Telling) -> list[Ask]:
    """What is asked of a liking or a dislike; empty for everything else."""
    disliked = told.lemma in _DISLIKING or (told.negated and told.lemma in LIKING)
    if told.past or not told.chunks or not (disliked or told.lemma in LIKING):
        return []
    if (told.negated and not disliked) or told.finite == "would":
        return []
    expect: list[str] = []
    doing = False
    for chunk in told.chunks:
        if chunk.kind == "np" and chunk.phrase is not None and not chunk.phrase.pronoun:
            expect += answer_words(chunk.phrase)
            doing = doing or _is_pastime(chunk.phrase)
        if chunk.kind == "verb":
            doing = True
            expect.append(chunk.head)
    if not expect:
        return []
    words = tuple(dict.fromkeys(expect))
    if disliked:
        return templates(told, _DISLIKE_QUESTIONS, words)
    general = templates(told, _HOBBY_QUESTIONS if doing else _TASTE_QUESTIONS, words)
    return general + item_questions(told)


def _is_pastime(phrase: NounPhrase) -> bool:
    found = categories(phrase.items[0].head if phrase.items else phrase.head)
    return phrase.gerund or bool(_PASTIMES & set(found)) or phrase.head.endswith("ing")


def item_questions(told: Telling) -> list[Ask]:
    """For lists of things liked: "Which instrument do I play?" for "playing piano"."""
    found: list[Ask] = []
    for chunk in told.chunks:
        if chunk.phrase is not None:
            for item in chunk.phrase.items or (chunk.phrase,):
                found += _of_item(told, item)
    return found


def _of_item(told: Telling, item: NounPhrase) -> Iterator[Ask]:
    target = item.tokens[-1].low if item.gerund else item.head
    category = next(iter(categories(target)), "")
    words = answer_words(item)
    if not category or not words:
        return
    noun = _SHORTER.get(category, category)
    verb = item.tokens[0].low if item.gerund and len(item.tokens) > 1 else ""
    if verb:
        which = fill(f"which {noun} DO S {w.verb_lemma(verb)}", told)
        yield fixed(f"item:{noun}", which, words, kind="which")
        doing = fill(f"what {noun} DO S {told.lemma} {verb}", told)
        yield fixed(f"item-ing:{noun}", doing, words, kind="which")
    elif category in _WITHOUT_VERB:
        liked = fill(f"which {noun} DO S {told.lemma}", told)
        yield fixed(f"item:{noun}:{words[0]}", liked, words, kind="which")
