"""What follows a verb, one chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import amount_opening, noun_list, noun_phrase
from sleep.recall.syntax import Chunk, Cursor, VerbGroup
from sleep.recall.tokens import Token

_MOTION = word_set("motion_verbs")
_SIGNS = frozenset({",", "-", "/", "&", "$", "€", "£", "+", "%"})


def next_chunk(cursor: Cursor, verb: VerbGroup, before: Sequence[Chunk]) -> Chunk | None:
    """The chunk at the cursor; None for a sign that means nothing (the cursor stays)."""
    token, following = cursor.at(), cursor.at(1)
    last = before[-1] if before else None
    if not token.word and not token.title:
        return cursor.take("punct") if token.text in _SIGNS else None
    if token.low == "how" and following.low == "to" and cursor.at(2).verb("VB"):
        return cursor.take("verb", 3, w.verb_lemma(cursor.at(2).low))
    if token.low == "to" and _infinitive(cursor, verb, last):
        if following.low in w.PARTICLES:
            return cursor.take("prep")
        return cursor.take("verb", 2, w.verb_lemma(following.low))
    if token.low == "not" or token.low in w.COORDINATORS:
        return cursor.take("cc")
    if token.low in {"called", "named", "nicknamed"} and last is None and verb.lemma == "be":
        return cursor.take("naming")
    if token.low in {"while", "when"} and following.gerund:
        return cursor.take("prep")
    if token.low in w.WH_WORDS:
        return cursor.take("wh")
    if _is_adverb(cursor, token, following):
        return cursor.take("adv")
    phrase = _object(cursor, verb, last)
    if phrase is not None:
        cursor.i = phrase.end
        return Chunk("np", phrase.text, phrase.head, phrase)
    return _other(cursor, verb, token, last)


def governs_base(last: Chunk | None, verb: VerbGroup) -> bool:
    """Whether a bare verb may follow: "to go watch", "and see", "will go see"."""
    if last is None:
        return verb.lemma in {"go", "come", "help"}
    return last.kind in {"verb", "cc"}


def _other(cursor: Cursor, verb: VerbGroup, token: Token, last: Chunk | None) -> Chunk:
    if token.low in w.PREPOSITIONS:
        return cursor.take("adv" if token.low == "ago" else "prep")
    if token.gerund:
        return cursor.take("verb", 1, w.verb_lemma(token.low))
    if token.adjective or token.participle:
        return cursor.take("adj")
    if governs_base(last, verb) and token.verb("VB"):
        return cursor.take("verb", 1, w.verb_lemma(token.low))
    return cursor.take("other")


def _is_adverb(cursor: Cursor, token: Token, following: Token) -> bool:
    if not token.adverb or amount_opening(cursor.tokens, cursor.i):
        return False
    if token.low == "home" and cursor.at(-1).low in {"from", "at", "near"}:
        return False
    if token.determiner and (following.noun or following.low == "of"):
        return False
    degree = token.low in w.DEGREE_ADVERBS and following.adjective
    return not (degree and noun_phrase(cursor.tokens, cursor.i + 1) is not None)


def _infinitive(cursor: Cursor, verb: VerbGroup, last: Chunk | None) -> bool:
    """Whether "to X" is an infinitive, not a direction ("went to work")."""
    following, after = cursor.at(1), cursor.at(2)
    if not following.verb("VB") or following.name:
        return False
    if following.low in {"stay", "visit"}:
        return True
    ends = not after.word or after.preposition or after.adverb or after.low in {"and", "every"}
    moving = (verb.lemma if last is None else last.head) in _MOTION
    return not (moving and following.noun and ends)


def _object(cursor: Cursor, verb: VerbGroup, last: Chunk | None) -> NounPhrase | None:
    token, tokens, i = cursor.at(), cursor.tokens, cursor.i
    amount = amount_opening(tokens, i)
    if token.low == "to" or (token.preposition and not amount and not token.title):
        return None
    governor = verb.lemma if last is None else last.head if last.kind in {"verb", "prep"} else ""
    alone = not (cursor.at(1).noun and not cursor.at(1).gerund and not cursor.at(1).title)
    if token.gerund and (
        (governor == "go" and alone) or (governor in {"of", "about"} and not alone)
    ):
        return None
    if token.gerund and governor in {"of", "about"} and token.low == "going":
        return None
    phrase = noun_list(tokens, i)
    if phrase is None:
        return None
    becoming = verb.lemma in {"get", "become", "feel", "stay", "be"} and last is None
    if becoming and token.participle and token.adjective and len(phrase.tokens) == 1:
        return None
    opening = last is None or last.kind == "adv"
    predicate = verb.lemma == "be" and not verb.helped and opening
    if predicate and token.low == "due":
        return None  # "due | 3 May"
    if predicate and token.adjective and not token.title:
        nominal = phrase.first in w.DETERMINERS or len(phrase.tokens) > 1
        return phrase if nominal or token.name or token.number else None
    after_verb = last is None or last.kind in {"verb", "adv", "prep"}
    if token.gerund and after_verb and not token.title:
        governed = last is not None and last.kind == "prep"
        listed = bool(phrase.items) or governed or bool(w.lemmas(token.low, "NOUN"))
        return phrase if listed else None
    return phrase
