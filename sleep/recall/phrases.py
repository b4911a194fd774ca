"""Noun phrases: what belongs to them besides their core, and the lists they form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sleep.recall import words as w
from sleep.recall.lexicon import categories, is_person
from sleep.recall.phrase_core import NAMING, NounPhrase, at, core, make, owns_nothing
from sleep.recall.tokens import Token

_TITLE_WORDS = frozenset({"of", "the", "a", "an", "to", "in", "and", "on", "for", "with"})
_EXAMPLES = frozenset({"like", "especially", "including", "particularly", "preferably"})
QUANTITY_NOUNS = frozenset(
    {
        "lot",
        "lots",
        "bit",
        "plenty",
        "couple",
        "pair",
        "kind",
        "sort",
        "type",
        "number",
        "cup",
        "glass",
        "piece",
        "bunch",
        "few",
        "variety",
        *(
            "puff",
            "tablet",
            "pill",
            "capsule",
            "drop",
            "spoonful",
            "teaspoon",
            "tablespoon",
            "slice",
        ),
    }
)


def amount_opening(tokens: Sequence[Token], i: int) -> int:
    """Length of "at least", "about", "over" ... before an amount, else 0."""
    low, following = at(tokens, i).low, at(tokens, i + 1)
    if low == "at" and following.low in {"least", "most"}:
        return 2
    after = at(tokens, i + 2)
    amount = (
        following.number
        or following.low == "half"
        or (
            following.low in {"a", "an"}
            and after.low in {"hour", "week", "month", "year", "dozen", "hundred"}
        )
    )
    return (
        1
        if low in {"about", "around", "over", "nearly", "almost", "roughly", "exactly"} and amount
        else 0
    )


def noun_phrase(tokens: Sequence[Token], i: int, subject: bool = False) -> NounPhrase | None:
    """The noun phrase that starts at tokens[i], or None."""
    token = at(tokens, i)
    following = at(tokens, i + 1)
    pronouns = w.SUBJECT_PRONOUNS | w.OBJECT_PRONOUNS
    nominal = (following.noun or following.adjective) and not (
        token.low == "her" and following.number  # "I send her | 200 euros"
    )
    determines = token.low in w.DETERMINERS and nominal and not following.finite
    if token.low in pronouns and not determines and not (token.low == "her" and nominal):
        return None if token.low == "there" and not subject else make(tokens, i, i + 1, token.low)
    j = i + amount_opening(tokens, i)
    if (j == i and token.low in {"all", "both", "half", "quite", "such"}) or (
        token.low == "one" and following.low == "of"
    ):
        j += 2 if following.low == "of" else 1
    determined = False
    while at(tokens, j).determiner and not owns_nothing(tokens, j):
        determined = True
        j += 1
        if at(tokens, j).low in {"own", "only", "very"}:
            j += 1
    end, head = core(tokens, j, subject, determined)
    if head is None:
        if (
            determined
            and j > i
            and at(tokens, j - 1).low in {"few", "lot", "most", "both", "all", "some"}
            and at(tokens, j).low == "of"
        ):
            head, end = j - 1, j
        else:
            return None
    return _with_tail(tokens, i, end, head, subject)


def _with_tail(
    tokens: Sequence[Token], start: int, end: int, head: int, subject: bool
) -> NounPhrase:
    """Adds "of ...", "called ...", "about ...", "like ..." to a noun phrase."""
    head_word = _head_word(tokens, start, head)
    called: tuple[str, ...] = ()
    if head_word != tokens[head].low or w.is_plural(head_word):
        end = _after_names(tokens, start, end)
    while end < len(tokens):
        token = tokens[end]
        comma = token.text == ","
        begin = end + 1 if comma else end
        opener = at(tokens, begin).low
        if opener == "of" and not comma:
            inner = noun_phrase(tokens, begin + 1, subject)
            if inner is not None and head_word in QUANTITY_NOUNS:
                head_word = inner.head
        elif opener == "off" and head_word in {"day", "days", "time", "week"} and not comma:
            end += 1
            continue
        elif opener in NAMING and tokens[start].name and not comma:
            break  # "a fella from Brazil called Thiago"
        elif opener in NAMING:
            inner = _name_phrase(tokens, begin + 1)
        elif opener == "about" and not comma and not subject and not tokens[head].gerund:
            inner = noun_phrase(tokens, begin + 1)
        elif (
            opener in _EXAMPLES
            and not subject
            and not (opener == "like" and at(tokens, begin + 1).low in w.DEMONSTRATIVES)
        ):
            about = at(tokens, begin + 1).low == "about"
            inner = noun_list(tokens, begin + (2 if about else 1))
        elif opener == "such" and at(tokens, begin + 1).low == "as":
            inner = noun_list(tokens, begin + 2)
        else:
            break
        if inner is None:
            break
        end = inner.end
        if opener in NAMING:
            called = (inner.text.strip('"'),)
    made = make(tokens, start, end, head_word)
    return replace(made, names=called or made.names, named=bool(called))


def _head_word(tokens: Sequence[Token], start: int, head: int) -> str:
    """The noun that heads the phrase, where its last word is a name, a number or a title."""
    before = tokens[head - 1] if head > start else Token("")
    if tokens[head].title and before.noun:
        return before.low
    dated = w.is_time(before.low) or "month" in categories(before.low)
    if tokens[head].number and before.text != before.low and not dated:
        return before.low  # "my old iPhone 8"
    if tokens[head].name and tokens[start].possessive:
        inner = tokens[start:head]
        common = [one for one in inner if one.noun and not one.name and not one.number]
        if common:
            return common[-1].low  # "my sister Hanna" is headed by sister
    return tokens[head].low


def _after_names(tokens: Sequence[Token], start: int, end: int) -> int:
    """ "two brothers, Max and Leo": the names belong to the phrase."""
    if not any(token.number or token.low in w.POSSESSIVES for token in tokens[start:end]):
        return end
    j, names = end, 0
    if at(tokens, j).text not in {",", ":", "-"}:
        return end
    while at(tokens, j).text in {",", ":", "-"} or at(tokens, j).low in {"and", "&"}:
        if not at(tokens, j + 1).name:
            break
        j += 2
        names += 1
        if at(tokens, j).finite:
            return end
    return j if names > 1 else end


def _name_phrase(tokens: Sequence[Token], i: int) -> NounPhrase | None:
    """What follows "called": a title, names, or any words up to the next break."""
    if at(tokens, i).title:
        return make(tokens, i, i + 1, tokens[i].low)
    end = j = i
    while (
        j < len(tokens)
        and tokens[j].word
        and (tokens[j].text[0].isupper() or tokens[j].low in _TITLE_WORDS)
    ):
        j += 1
        end = j if tokens[j - 1].text[0].isupper() or tokens[j - 1].number else end
    if end > i:
        return make(tokens, i, end, tokens[end - 1].low)
    return noun_phrase(tokens, i, subject=True)


def gerund_phrase(tokens: Sequence[Token], i: int) -> NounPhrase | None:
    """A phrase headed by a verb in -ing: "playing piano", "working out", "going to the gym"."""
    start = i
    while at(tokens, i).low in w.DEGREE_ADVERBS:
        i += 1
    if not at(tokens, i).gerund:
        return None
    end = i + 1
    if at(tokens, end).low in w.PARTICLES and not at(tokens, end + 1).determiner:
        end += 1
    if at(tokens, end).preposition and at(tokens, end).low not in {
        "as",
        "than",
        "since",
        "for",
        "with",
    }:
        inner = noun_phrase(tokens, end + 1)
        end = inner.end if inner else end
    else:
        inner = noun_phrase(tokens, end)
        end = inner.end if inner else end
    return make(tokens, start, end, tokens[i].low, gerund=True)


def _item(tokens: Sequence[Token], i: int, subject: bool) -> NounPhrase | None:
    if at(tokens, i).gerund and not subject:
        following = at(tokens, i + 1)
        particle = following.low in w.PARTICLES and not at(tokens, i + 2).determiner
        if (
            not w.lemmas(at(tokens, i).low, "NOUN")
            or following.noun
            or following.determiner
            or particle
        ):
            return gerund_phrase(tokens, i)
    return noun_phrase(tokens, i, subject) or (gerund_phrase(tokens, i) if not subject else None)


def noun_list(tokens: Sequence[Token], i: int, subject: bool = False) -> NounPhrase | None:
    """A noun phrase or a list of them ("painting, playing piano and tea tasting")."""
    first = _item(tokens, i, subject)
    if first is None or (first.pronoun and first.head not in {"i", "me", "we"} | w.PERSON_PRONOUNS):
        return first
    if subject and all(token.number for token in first.tokens):
        return first  # "since 2009, and my brother ..."
    counted = len(first.tokens) == 1 and first.tokens[0].number
    items, end, closed = [first], first.end, False
    while not closed:
        token = at(tokens, end)
        begin = end + 1
        if token.text == "," and at(tokens, begin).low in {"and", "or", "&"}:
            begin, closed = begin + 1, True
        elif token.low in {"and", "or", "&"} or _alternative(tokens, end, subject):
            closed = True
        elif token.text != ",":
            break
        if at(tokens, begin).low in {"also", "even"}:
            begin += 1
        if subject and closed and len(items) == 1 and _apart(tokens, end, first):
            closed = False
            break
        item = _item(tokens, begin, subject)
        if item is None or (not subject and _starts_clause(tokens, begin, item)):
            closed = False
            break
        if counted and not item.tokens[0].number:
            closed = False
            break  # "in 2019, and our daughter"
        plain = not (first.pronoun or first.tokens[0].determiner or first.tokens[0].name)
        timed = not subject and w.is_time(item.head)
        if timed and not w.is_time(first.head):
            closed = False
            break
        if item.pronoun and (not subject or plain or item.head == "it" or not _companion(first)):
            closed = False
            break
        items.append(item)
        end = item.end
    mixed = first.first in {"a", "an"} and not all(item.tokens[0].determiner for item in items)
    if len(items) == 1 or (not closed and (len(items) < 3 or mixed)):
        return first
    whole = make(
        tokens, first.start, end, first.head, first.gerund and all(item.gerund for item in items)
    )
    return NounPhrase(
        whole.tokens, whole.start, end, whole.head, whole.names, whole.gerund, tuple(items)
    )


def _alternative(tokens: Sequence[Token], end: int, subject: bool) -> bool:
    """ "EU 38 / UK 5": whether what stands at `end` joins two ways to say it."""
    return at(tokens, end).text == "/" and not subject and at(tokens, end + 1).noun


def _apart(tokens: Sequence[Token], comma: int, first: NounPhrase) -> bool:
    """Whether ", and my ..." opens a clause: "(at a firm,) Paytrail, and our release is ..."."""
    own = at(tokens, comma + 2).low in {"my", "our"} and first.first not in {"my", "our"}
    return at(tokens, comma).text == "," and (bool(first.names) or own)


def _companion(phrase: NounPhrase) -> bool:
    """Whether "... and I" can be one subject: somebody, not "(learning) Danish and I"."""
    kinds = set(categories(phrase.head))
    return not kinds or "animal" in kinds or is_person(phrase.head)


def _starts_clause(tokens: Sequence[Token], begin: int, item: NounPhrase) -> bool:
    """Whether the item is the subject of a new clause, or its verb."""
    first = at(tokens, begin)
    if (
        w.verb_readings(first.low)
        and w.verb_readings(first.low)[0][0] != first.low
        and first.verb("VBD")
        and not first.name
    ):
        return True
    if first.finite and not first.gerund and not first.determiner and not first.name:
        following = at(tokens, begin + 1)
        onward = following.adverb and first.verb("VBZ") and following.low not in w.DEGREE_ADVERBS
        if (
            not first.noun
            or onward
            or (following.adjective and not following.noun)
            or following.determiner
            or following.preposition
            or following.title
            or following.low in w.OBJECT_PRONOUNS
        ):
            return not (first.adjective and following.noun)
    again = noun_phrase(tokens, begin, subject=True)
    end = again.end if again is not None else item.end
    while at(tokens, end).low in w.DEGREE_ADVERBS:
        end += 1
    follower = at(tokens, end)
    if again is not None and again.end < item.end and follower.finite:
        return follower.auxiliary or bool(again.tokens[0].determiner or again.pronoun)
    return (
        follower.finite
        and not follower.gerund
        and follower.text != ","
        and (follower.auxiliary or not follower.noun or item.tokens[0].determiner)
    )
