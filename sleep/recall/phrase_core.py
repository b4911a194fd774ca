"""The core of a noun phrase: modifiers and nouns, and where they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sleep.recall import words as w
from sleep.recall.english import table
from sleep.recall.lexicon import PEOPLE
from sleep.recall.tokens import Token, join

COLOURS = frozenset(table("nouns")["colour"]["members"].split())
_PLAIN_VERBS = frozenset({"go", "come", "work", "live", "want", "study", "play", "speak"})
_WEEKDAYS = frozenset(table("nouns")["weekday"]["members"].split())
NAMING = frozenset({"called", "named", "titled", "nicknamed", "entitled"})
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


@dataclass(frozen=True)
class NounPhrase:
    """A noun phrase over tokens[start:end].

    head: its head noun in lower case. names: proper names and titles inside. items: the phrases of
    a list (empty when it is no list). gerund: headed by a verb ("playing piano").
    named: has "called".
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


def at(tokens: Sequence[Token], index: int) -> Token:
    return tokens[index] if 0 <= index < len(tokens) else Token("")


def make(
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
    token, following = at(tokens, j), at(tokens, j + 1)
    if token.low in NAMING:
        return False
    if token.low in _ADVERB_ADJECTIVES and (following.noun or following.adjective):
        return j > 0 and (tokens[j - 1].determiner or tokens[j - 1].number)
    if token.low in w.DEGREE_ADVERBS:
        return (following.adjective or following.participle) and following.low != "not"
    if token.adverb:
        return False
    nounish = following.noun or following.adjective or following.title
    verbal = (following.gerund or following.participle) and at(tokens, j + 2).noun
    nounish = nounish or (verbal and following.low not in NAMING)
    if token.adjective and not token.noun:
        comma = following.text == "," and at(tokens, j + 2).adjective and at(tokens, j + 3).noun
        coordinated = (
            following.low in {"and", "but", "or"}
            and at(tokens, j + 2).adjective
            and at(tokens, j + 3).noun
        )
        return nounish or comma or coordinated
    if following.low in {"next", "last", "this"} and w.is_time(at(tokens, j + 2).low):
        return False  # "married | next September"
    if token.participle or token.gerund:
        return (nounish and not following.finite) or (nounish and following.noun)
    return False


def _finite_after_head(tokens: Sequence[Token], j: int, head: Token) -> bool:
    """Whether tokens[j], after the head of a subject, is the clause's verb."""
    token, following = at(tokens, j), at(tokens, j + 1)
    if not token.finite or (head.number and token.noun):
        return False
    if token.auxiliary or not token.noun:
        return True
    if following.finite and (following.auxiliary or not following.noun):
        return False
    if token.verb("VBZ", "VBD"):
        return True
    leads_on = following.preposition or following.determiner
    if token.low in _PLAIN_VERBS and head.low in PEOPLE and leads_on:
        return True  # "my daughter go to school", as learners write
    return w.is_plural(head.low)


def core(
    tokens: Sequence[Token], i: int, subject: bool, determined: bool
) -> tuple[int, int | None]:
    """End of the modifier-and-noun run from i, and the index of its head.

    subject: the phrase stands before its verb, so that a finite verb ends it.
    determined: it began with an article or a possessive.
    """
    j, head = i, None
    while j < len(tokens):
        role = _role(tokens, j, head, subject, determined, j > i)
        if role == "end":
            break
        head = j if role == "head" else head
        j += 1
    return j, head


def owns_nothing(tokens: Sequence[Token], j: int) -> bool:
    """Whether tokens[j] is a name in -'s that stands alone: "he has Parkinson's"."""
    token, following = at(tokens, j), at(tokens, j + 1)
    owned = following.noun or following.adjective or following.number or following.possessive
    own = token.low in w.POSSESSIVES or following.gerund or following.participle
    return token.possessive and token.name and not (owned or own)


def _role(
    tokens: Sequence[Token], j: int, head: int | None, subject: bool, determined: bool, inside: bool
) -> str:
    """What tokens[j] is in the run: head (so far), modifier, or its end."""
    token, following = at(tokens, j), at(tokens, j + 1)
    if token.title and (head is None or not tokens[head].title):
        return "head"
    if not token.word:
        listed = token.text == "," and head is None and inside and _modifier(tokens, j + 1)
        return "modifier" if listed else "end"
    if token.low in {"and", "but"} and head is None and inside and following.adjective:
        return "modifier"
    if head is not None and _ends_run(tokens, j, head, subject):
        return "end"
    if head is not None and token.gerund and tokens[head].low in w.TIME_NOUNS:
        return "end"  # "this autumn | doing chemistry"
    if head is not None and token.gerund:
        opens = following.determiner or (following.preposition and determined)
        compound = not determined and not (following.determiner or following.preposition)
        return "head" if compound or (w.lemmas(token.low, "NOUN") and not opens) else "end"
    if _modifier(tokens, j) and not (head is not None and token.low in w.DEGREE_ADVERBS):
        return "modifier"
    if token.possessive and token.low not in w.POSSESSIVES:
        return "head" if owns_nothing(tokens, j) else "modifier"
    timing = token.low in w.TIME_NOUNS and token.adverb
    if token.noun and token.low not in NAMING and not timing:
        return "head"
    if head is None and determined and token.low == "back":
        return "head"
    unlisted = not (token.adverb or token.closed or token.auxiliary)
    if head is None and determined and unlisted:
        return "head"  # "a vet" (only a verb in the tables), "my favourite"
    return "end"


def _ends_run(tokens: Sequence[Token], j: int, head: int, subject: bool) -> bool:
    """Whether the run is over before tokens[j], although that could be a noun."""
    token, following, last = at(tokens, j), at(tokens, j + 1), tokens[head]
    if subject and _finite_after_head(tokens, j, last):
        return True
    if last.low in w.TIME_NOUNS and at(tokens, head - 1).low in {"every", "each"}:
        return not w.is_time(token.low)  # "every day | drawing", but "every Tuesday evening"
    if token.low in {"last", "next", "this"} and w.is_time(following.low):
        return True  # "rock climbing | last night"
    if token.low in COLOURS and not following.noun and not last.adjective:
        return True  # "my coffee | black"
    if token.low.endswith("days") and token.low in _WEEKDAYS and not last.name:
        return True  # "therapy | Mondays and Thursdays"
    if token.gerund and last.name and not following.name and following.text not in {"", ".", ","}:
        return True  # "at Bergson | studying law"
    if token.number and last.name and following.noun:
        return True  # "from Leipzig | three years ago"
    return token.noun and token.verb("VBD") and not w.lemmas(token.low, "NOUN")
