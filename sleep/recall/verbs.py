"""Verb groups: auxiliaries, negation, adverbs in between, main verb, particle."""

from __future__ import annotations

from dataclasses import replace

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.syntax import Cursor, VerbGroup
from sleep.recall.tokens import Token

_PREDICATE_ADVERBS = word_set("predicate_adverbs")
_RESCHEDULING = word_set("rescheduling")


def verb_group(cursor: Cursor) -> VerbGroup | None:
    """Reads the verb group at the cursor, or returns None and leaves the cursor anywhere."""
    adverbs: list[str] = []
    while cursor.at().adverb and not cursor.at().auxiliary:
        adverbs.append(cursor.at().text)
        cursor.i += 1
    finite = cursor.at()
    if not finite.finite:
        return None
    cursor.i += 1
    between: list[str] = []
    negated = finite.low == "cannot" or "never" in (adverb.lower() for adverb in adverbs)
    main, helped = finite, False
    while finite.auxiliary:
        token = cursor.at()
        if token.low in w.NEGATIONS and token.low != "no":
            negated = True
            between.append(token.text)
        elif token.adverb and token.low not in _PREDICATE_ADVERBS:
            adverbs.append(token.text)
            between.append(token.text)
        elif _continues(cursor, main, finite, token):
            if helped:
                between.append(main.text)
            main, helped = token, True
        else:
            break
        cursor.i += 1
    if not helped:
        between, adverbs = _give_back(cursor, between, adverbs)
    particle = _particle(cursor, main)
    return VerbGroup(
        finite.text,
        tuple(between),
        main.text,
        _lemma(main, finite, helped),
        helped,
        negated,
        tuple(adverbs),
        particle,
    )


def _give_back(
    cursor: Cursor, between: list[str], adverbs: list[str]
) -> tuple[list[str], list[str]]:
    """Adverbs after a copula belong to what follows, but not its negation."""
    keep = len(between)
    while keep and between[keep - 1].lower() not in w.NEGATIONS:
        keep -= 1
    returned = len(between) - keep
    cursor.i -= returned
    return between[:keep], adverbs[: len(adverbs) - returned]


def _particle(cursor: Cursor, main: Token) -> str:
    following = cursor.at(1)
    opens = following.determiner or following.noun or following.gerund or following.number
    if cursor.at().low not in w.PARTICLES or main.low in w.BE or opens or following.title:
        return ""
    cursor.i += 1
    return cursor.at(-1).low


def _continues(cursor: Cursor, main: Token, finite: Token, token: Token) -> bool:
    """Whether token is the next verb of the group after main."""
    if not token.word or token.determiner:
        return False
    after = cursor.at(1)
    if main.low in w.MODALS or main.low in {"do", "does", "did"}:
        return token.verb("VB")
    if main.low in w.HAVE and (main is finite or main.low == "have"):
        regular = w.verb_lemma(token.low) == token.low
        noun = regular and token.noun and after.noun and not after.name
        return token.verb("VBN") and not noun
    if main.low in {"get", "got", "gets"} and token.participle:
        return bool(_RESCHEDULING & {lemma for lemma, _ in w.verb_readings(token.low)})
    if main.low in w.BE:
        if token.gerund:
            alone = after.text in {"", ".", ",", "!", "and"}
            return not (w.lemmas(token.low, "ADJ") and alone)
        adjective = token.adjective and not after.preposition
        return token.participle and not adjective and token.low != "left"
    return False


def _lemma(main: Token, finite: Token, helped: bool) -> str:
    readings = w.verb_readings(main.low)
    if not readings:
        return main.low
    if helped and finite.low in w.MODALS | w.DO:
        return main.low
    return readings[0][0]


def same_form(verb: VerbGroup, token: Token) -> bool:
    """Whether token could be coordinated with the verb: the same tense, or after the same modal."""
    if verb.modal or (verb.finite.lower() in w.DO and verb.helped):
        return token.verb("VB")
    return any(
        w.has_tag(verb.main, *tags) and token.verb(*tags)
        for tags in (("VBD",), ("VBZ",), ("VBP", "VB"))
    )


def coordinated(verb: VerbGroup, before: VerbGroup) -> VerbGroup:
    """A verb that shares the modal of the clause before it ("I will go and see")."""
    shares = before.modal and before.helped and not verb.helped and w.has_tag(verb.main, "VB")
    if not shares:
        return verb
    return replace(
        verb,
        finite=before.finite,
        between=tuple(word for word in before.between if word.lower() in w.NEGATIONS),
        helped=True,
        negated=verb.negated or before.negated,
    )
