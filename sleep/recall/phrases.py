"""Noun phrases: where they start, end, what heads them, and the lists they form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sleep.recall import words as w
from sleep.recall.english import table
from sleep.recall.tokens import Token, join

COLOURS = frozenset(table("nouns")["colour"]["members"].split())
NAMING = frozenset({"called", "named", "titled", "nicknamed", "entitled"})
_TITLE_WORDS = frozenset({"of", "the", "a", "an", "to", "in", "and", "on", "for", "with"})
_EXAMPLES = frozenset({"like", "especially", "including", "particularly", "preferably"})
_ADVERB_ADJECTIVES = frozenset(
    {
        "best",
        "better",
        "early",
        "late",
        "fast",
        "hard",
        "long",
        "far",
        "most",
        "least",
        "outside",
        "inside",
        "daily",
        "weekly",
        "monthly",
        "yearly",
        "well",
        "back",
        "past",
        "online",
        "nearby",
    }
)
_QUANTITY_NOUNS = frozenset(
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
    }
)


@dataclass(frozen=True)
class NounPhrase:
    """A noun phrase over tokens[start:end].

    head: its head noun in lower case. names: proper names and titles inside. items: the phrases of
    a list (empty when it is no list). gerund: headed by a verb ("playing piano"). named: has "called".
    """

    tokens: tuple[Token, ...]
    start: int
    end: int
    head: str
    names: tuple[str, ...]
    gerund: bool = False
    items: tuple[NounPhrase, ...] = ()
    named: bool = False

    @property
    def text(self) -> str:
        return join([token.text for token in self.tokens])

    @property
    def first(self) -> str:
        return self.tokens[0].low

    @property
    def pronoun(self) -> bool:
        return len(self.tokens) == 1 and (
            self.first in w.SUBJECT_PRONOUNS or self.first in w.OBJECT_PRONOUNS
        )

    @property
    def plural(self) -> bool:
        return len(self.items) > 1 or self.first in {"we", "they"} or w.is_plural(self.head)


def _at(tokens: Sequence[Token], index: int) -> Token:
    return tokens[index] if 0 <= index < len(tokens) else Token("")


def _make(
    tokens: Sequence[Token], start: int, end: int, head: str, gerund: bool = False
) -> NounPhrase:
    span = tuple(tokens[start:end])
    names: list[str] = []
    run: list[str] = []
    for token in (*span, Token("")):
        if token.title:
            names.append(token.text.strip('"'))
        if token.name and not token.number:
            run.append(token.text)
        elif run:
            names.append(" ".join(run))
            run = []
    return NounPhrase(span, start, end, head, tuple(names), gerund)


def _modifier(tokens: Sequence[Token], j: int) -> bool:
    """Whether tokens[j] stands before a noun that is still to come."""
    token, following = _at(tokens, j), _at(tokens, j + 1)
    if token.low in NAMING:
        return False
    if token.low in _ADVERB_ADJECTIVES and (following.noun or following.adjective):
        return j > 0 and (tokens[j - 1].determiner or tokens[j - 1].number)
    if token.low in w.DEGREE_ADVERBS:
        return (following.adjective or following.participle) and not following.low == "not"
    if token.adverb:
        return False
    nounish = following.noun or following.adjective or following.title
    verbal = (following.gerund or following.participle) and _at(tokens, j + 2).noun
    nounish = nounish or (verbal and following.low not in NAMING)
    if token.adjective and not token.noun:
        comma = following.text == "," and _at(tokens, j + 2).adjective and _at(tokens, j + 3).noun
        coordinated = (
            following.low in {"and", "but", "or"}
            and _at(tokens, j + 2).adjective
            and _at(tokens, j + 3).noun
        )
        return nounish or comma or coordinated
    if token.participle or token.gerund:
        return (nounish and not following.finite) or (nounish and following.noun)
    return False


def _finite_after_head(tokens: Sequence[Token], j: int, head: Token) -> bool:
    """Whether tokens[j], after the head of a subject, is the clause's verb."""
    token, following = _at(tokens, j), _at(tokens, j + 1)
    if not token.finite or (head.number and token.noun):
        return False
    if token.auxiliary or not token.noun:
        return True
    if following.finite and (following.auxiliary or not following.noun):
        return False
    if token.verb("VBZ", "VBD"):
        return True
    return w.is_plural(head.low)


def _core(
    tokens: Sequence[Token], i: int, subject: bool, determined: bool
) -> tuple[int, int | None]:
    """End of the modifier-and-noun run from i, and the index of its head."""
    j, head = i, None
    while j < len(tokens):
        token = tokens[j]
        if token.title and (head is None or not tokens[head].title):
            head, j = j, j + 1
            continue
        if not token.word:
            if token.text == "," and head is None and j > i and _modifier(tokens, j + 1):
                j += 1
                continue
            break
        if token.low in {"and", "but"} and head is None and j > i and _at(tokens, j + 1).adjective:
            j += 1
            continue
        if head is not None and subject and _finite_after_head(tokens, j, tokens[head]):
            break
        if (
            head is not None
            and tokens[head].low in w.TIME_NOUNS
            and _at(tokens, head - 1).low in {"every", "each"}
        ):
            break
        if head is not None and token.gerund:
            compound = not determined and not (
                _at(tokens, j + 1).determiner or _at(tokens, j + 1).preposition
            )
            if not (
                compound or (w.lemmas(token.low, "NOUN") and not _at(tokens, j + 1).determiner)
            ):
                break
            head, j = j, j + 1
            continue
        if _modifier(tokens, j) and not (head is not None and token.low in w.DEGREE_ADVERBS):
            j += 1
            continue
        if token.possessive and token.low not in w.POSSESSIVES:
            j += 1
            continue
        if (
            token.noun
            and token.low not in NAMING
            and not (token.low in w.TIME_NOUNS and token.adverb)
        ):
            ends = not _at(tokens, j + 1).noun
            if head is not None and token.low in COLOURS and ends and not tokens[head].adjective:
                break
            if head is not None and token.number and tokens[head].name and _at(tokens, j + 1).noun:
                break
            if head is not None and token.verb("VBD") and not w.lemmas(token.low, "NOUN"):
                break
            head, j = j, j + 1
            continue
        if head is None and determined and not (token.adverb or token.closed or token.auxiliary):
            head, j = j, j + 1  # "a vet" (only a verb in the tables), "my favourite"
        break
    return j, head


def amount_opening(tokens: Sequence[Token], i: int) -> int:
    """Length of "at least", "about", "over" ... before an amount, else 0."""
    low, following = _at(tokens, i).low, _at(tokens, i + 1)
    if low == "at" and following.low in {"least", "most"}:
        return 2
    after = _at(tokens, i + 2)
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
    token = _at(tokens, i)
    following = _at(tokens, i + 1)
    pronouns = w.SUBJECT_PRONOUNS | w.OBJECT_PRONOUNS
    if token.low in pronouns and not (
        token.low in w.DETERMINERS and (following.noun or following.adjective) and not following.finite
    ) and not (token.low == "her" and (following.noun or following.adjective)):  # fmt: skip
        return None if token.low == "there" and not subject else _make(tokens, i, i + 1, token.low)
    j = i + amount_opening(tokens, i)
    if (j == i and token.low in {"all", "both", "half", "quite", "such"}) or (
        token.low == "one" and following.low == "of"
    ):
        j += 2 if following.low == "of" else 1
    determined = False
    while _at(tokens, j).determiner and (
        _at(tokens, j).low in w.DETERMINERS or _at(tokens, j).possessive
    ):
        determined = True
        j += 1
        if _at(tokens, j).low == "own":
            j += 1
    end, head = _core(tokens, j, subject, determined)
    if head is None:
        if (
            determined
            and j > i
            and _at(tokens, j - 1).low in {"few", "lot", "most", "both", "all", "some"}
            and _at(tokens, j).low == "of"
        ):
            head, end = j - 1, j
        else:
            return None
    return _with_tail(tokens, i, end, head, subject)


def _with_tail(
    tokens: Sequence[Token], start: int, end: int, head: int, subject: bool
) -> NounPhrase:
    """Adds "of ...", "called ...", "about ...", "like ..." to a noun phrase."""
    head_word = tokens[head].low
    called: tuple[str, ...] = ()
    if tokens[head].name and head > start:
        common = [
            k
            for k in range(start, head)
            if tokens[k].noun and not tokens[k].name and not tokens[k].number
        ]
        if common and tokens[start].possessive:
            head_word = tokens[common[-1]].low  # "my sister Hanna" is headed by sister
    if tokens[head].title and head > start and tokens[head - 1].noun:
        head_word = tokens[head - 1].low
    if head_word != tokens[head].low or w.is_plural(head_word):
        end = _after_names(tokens, start, end)
    while end < len(tokens):
        token = tokens[end]
        comma = token.text == ","
        at = end + 1 if comma else end
        opener = _at(tokens, at).low
        if opener == "of" and not comma:
            inner = noun_phrase(tokens, at + 1, subject)
            if inner is not None and head_word in _QUANTITY_NOUNS:
                head_word = inner.head
        elif opener in NAMING:
            inner = _name_phrase(tokens, at + 1)
        elif opener == "about" and not comma and not subject and not tokens[head].gerund:
            inner = noun_phrase(tokens, at + 1)
        elif (
            opener in _EXAMPLES
            and not subject
            and not (opener == "like" and _at(tokens, at + 1).low in w.DEMONSTRATIVES)
        ):
            about = _at(tokens, at + 1).low == "about"
            inner = noun_list(tokens, at + (2 if about else 1))
        elif opener == "such" and _at(tokens, at + 1).low == "as":
            inner = noun_list(tokens, at + 2)
        else:
            break
        if inner is None:
            break
        end = inner.end
        if opener in NAMING:
            called = (inner.text.strip('"'),)
    made = _make(tokens, start, end, head_word)
    return replace(made, names=called or made.names, named=bool(called))


def _after_names(tokens: Sequence[Token], start: int, end: int) -> int:
    """ "two brothers, Max and Leo": the names belong to the phrase."""
    if not any(token.number or token.low in w.POSSESSIVES for token in tokens[start:end]):
        return end
    j, names = end, 0
    if _at(tokens, j).text not in {",", ":", "-"}:
        return end
    while _at(tokens, j).text in {",", ":", "-"} or _at(tokens, j).low in {"and", "&"}:
        if not _at(tokens, j + 1).name:
            break
        j += 2
        names += 1
        if _at(tokens, j).finite:
            return end
    return j if names > 1 else end


def _name_phrase(tokens: Sequence[Token], i: int) -> NounPhrase | None:
    """What follows "called": a title, names, or any words up to the next break."""
    if _at(tokens, i).title:
        return _make(tokens, i, i + 1, tokens[i].low)
    end = j = i
    while (
        j < len(tokens)
        and tokens[j].word
        and (tokens[j].text[0].isupper() or tokens[j].low in _TITLE_WORDS)
    ):
        j += 1
        end = j if tokens[j - 1].text[0].isupper() or tokens[j - 1].number else end
    if end > i:
        return _make(tokens, i, end, tokens[end - 1].low)
    return noun_phrase(tokens, i, subject=True)


def gerund_phrase(tokens: Sequence[Token], i: int) -> NounPhrase | None:
    """A phrase headed by a verb in -ing: "playing piano", "working out", "going to the gym"."""
    start = i
    while _at(tokens, i).low in w.DEGREE_ADVERBS:
        i += 1
    if not _at(tokens, i).gerund:
        return None
    end = i + 1
    if _at(tokens, end).low in w.PARTICLES and not _at(tokens, end + 1).determiner:
        end += 1
    if _at(tokens, end).preposition and _at(tokens, end).low not in {
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
    return _make(tokens, start, end, tokens[i].low, gerund=True)


def _item(tokens: Sequence[Token], i: int, subject: bool) -> NounPhrase | None:
    if _at(tokens, i).gerund and not subject:
        following = _at(tokens, i + 1)
        particle = following.low in w.PARTICLES and not _at(tokens, i + 2).determiner
        if (
            not w.lemmas(_at(tokens, i).low, "NOUN")
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
    items, end, closed = [first], first.end, False
    while not closed:
        token = _at(tokens, end)
        at = end + 1
        if token.text == "," and _at(tokens, at).low in {"and", "or", "&"}:
            at, closed = at + 1, True
        elif token.low in {"and", "or", "&"}:
            closed = True
        elif token.text != ",":
            break
        if _at(tokens, at).low in {"also", "even"}:
            at += 1
        item = _item(tokens, at, subject)
        if item is None or (not subject and _starts_clause(tokens, at, item)):
            closed = False
            break
        plain = not (first.pronoun or first.tokens[0].determiner or first.tokens[0].name)
        timed = not subject and w.is_time(item.head)
        if timed and not w.is_time(first.head):
            closed = False
            break
        if item.pronoun and (not subject or plain or item.head == "it"):
            closed = False
            break
        items.append(item)
        end = item.end
    if len(items) == 1 or (not closed and len(items) < 3):
        return first
    whole = _make(
        tokens, first.start, end, first.head, first.gerund and all(item.gerund for item in items)
    )
    return NounPhrase(
        whole.tokens, whole.start, end, whole.head, whole.names, whole.gerund, tuple(items)
    )


def _starts_clause(tokens: Sequence[Token], at: int, item: NounPhrase) -> bool:
    """Whether a verb follows, so that the phrase is the subject of a new clause, or is one itself."""
    first = _at(tokens, at)
    if (
        w.verb_readings(first.low)
        and w.verb_readings(first.low)[0][0] != first.low
        and first.verb("VBD")
        and not first.name
    ):
        return True
    if first.finite and not first.gerund and not first.determiner and not first.name:
        following = _at(tokens, at + 1)
        if (
            not first.noun
            or following.determiner
            or following.preposition
            or following.title
            or following.low in w.OBJECT_PRONOUNS
        ):
            return not (first.adjective and following.noun)
    again = noun_phrase(tokens, at, subject=True)
    end = again.end if again is not None else item.end
    while _at(tokens, end).low in w.DEGREE_ADVERBS:
        end += 1
    follower = _at(tokens, end)
    if again is not None and again.end < item.end and follower.finite:
        return follower.auxiliary or bool(again.tokens[0].determiner or again.pronoun)
    return (
        follower.finite
        and not follower.gerund
        and follower.text != ","
        and (follower.auxiliary or not follower.noun or item.tokens[0].determiner)
    )
