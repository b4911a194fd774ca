"""What a sentence of an encyclopaedia can be asked for: names, numbers, dates, phrases, lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sleep.recall import words as w
from sleep.recall.lexicon import categories, is_person
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_list, noun_phrase
from sleep.recall.tokens import Token, tokenise

_MONTH: Final = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_MANY: Final = r"(?:\s(?:hundred|thousand|million|billion|trillion))?"
_FIGURES: Final = tuple(
    (re.compile(pattern), asks)
    for pattern, asks in (
        (rf"\b(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?,? \d{{4}}\b", ("what date", "which date")),
        (rf"\b(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})\b", ("what date", "which day")),
        (r"\b\d{4}\s?[–-]\s?\d{2,4}\b", ("what years", "which period")),
        (r"\b\d{1,2}(?:st|nd|rd|th) (?:and \d{1,2}th )?centur(?:y|ies)\b",
         ("what century", "which century")),
        (r"\b\d{3,4}s\b", ("what decade", "which decade")),
        (r"\b\d{1,4} (?:BCE?|AD|CE)\b|\b(?:1\d|20)\d\d\b", ("what year", "which year")),
        (r"\b\d[\d.,]*\s?(?:%|percent\b|per cent\b)", ("what percentage", "how much")),
        (rf"(?:US|A|C)?[$€£]\s?\d(?:[\d.,]*\d)?{_MANY}", ("how much money", "what sum")),
        (rf"\b\d(?:[\d.,]*\d)?{_MANY}\b", ("how many", "what number of")),
    )
)  # fmt: skip
_PLACING: Final = frozenset({"in", "at", "from", "near", "to", "across", "around", "through"})
_ARTICLES: Final = re.compile(
    r"(?:the|an?|its|their|his|her|this|these|those|that|some|any)\s", re.I
)
_EMPTY: Final = w.GRAMMAR_WORDS | {
    "itself", "himself", "herself", "themselves", "other", "others", "another", "one",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Characters [start, end) of a sentence that answer a question, and the words that ask."""

    start: int
    end: int
    asks: tuple[str, ...]


Cut = Callable[[int, int, Sequence[str]], Iterator[Span]]
"""Tokens [start, end) as a span without its article; nothing where nothing is left."""


def placed(text: str) -> tuple[list[Token], list[int]]:
    """The tokens of a sentence and where each starts in it."""
    tokens = tokenise(text)
    starts: list[int] = []
    at = 0
    for token in tokens:
        at = text.index(token.text, at)
        starts.append(at)
        at += len(token.text)
    return tokens, starts


def spans(text: str) -> list[Span]:
    """All spans of a sentence, the plainest first: figures, then phrases and what is in them."""
    found: dict[tuple[int, int], Span] = {}
    figures = list(_figures(text))
    taken = [(span.start, span.end) for span in figures]
    for span in [*figures, *_phrases(text)]:
        inside = any(a <= span.start and span.end <= b for a, b in taken)
        if not inside or (span.start, span.end) in taken:
            found.setdefault((span.start, span.end), span)
    return list(found.values())


def _figures(text: str) -> Iterator[Span]:
    covered: set[int] = set()
    for pattern, asks in _FIGURES:
        for match in pattern.finditer(text):
            if not covered & set(range(*match.span())):
                covered |= set(range(*match.span()))
                yield Span(*match.span(), asks)


def _phrases(text: str) -> Iterator[Span]:
    tokens, starts = placed(text)

    def cut(start: int, end: int, asks: Sequence[str]) -> Iterator[Span]:
        a, b = starts[start], starts[end - 1] + len(tokens[end - 1].text)
        while article := _ARTICLES.match(text, a, b):
            a = article.end()
        if tokens[end - 1].title and start == end - 1:
            a, b = a + 1, b - 1
        if b > a and text[a:b].lower() not in _EMPTY:
            yield Span(a, b, tuple(asks))

    i = 0
    while i < len(tokens):
        phrase = noun_phrase(tokens, i, subject=True)
        if phrase is None or phrase.pronoun:
            if tokens[i].low in w.NUMBER_WORDS - {"one"} and i + 1 < len(tokens):
                yield from cut(i, i + 1, ("how many",))
            i += 1
            continue
        before = tokens[i - 1].low if i else ""
        listed = noun_list(tokens, i)
        if listed is not None and listed.items:
            yield from cut(listed.start, listed.end, _asks(listed, before))
        yield from cut(phrase.start, phrase.end, _asks(phrase, before))
        yield from _within(tokens, phrase, before, cut)
        inner = [k for k in range(i, phrase.end) if tokens[k].low in {"of", "to", "in"}]
        i = inner[0] + 1 if inner else phrase.end


def _within(tokens: Sequence[Token], phrase: NounPhrase, before: str, cut: Cut) -> Iterator[Span]:
    """The names in a phrase, and its amount."""
    run = phrase.start
    for k in range(phrase.start, phrase.end + 1):
        if k == phrase.end or not tokens[k].name:
            if k > run and (run, k) != (phrase.start, phrase.end):
                yield from cut(run, k, _named(before, tokens[run:k]))
            run = k + 1
    first = tokens[phrase.start]
    if first.low in w.NUMBER_WORDS - {"one"} and phrase.end > phrase.start + 1:
        yield from cut(phrase.start, phrase.start + 1, ("how many",))


def _named(before: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    words = " ".join(token.low for token in tokens)
    if set(categories(words)) & {"place", "city", "country"}:
        return ("what place", "where")
    if before in {"during", "since", "until", "of"}:
        return ("what",)
    return ("what place", "what") if before in _PLACING else ("who", "what")


def _asks(phrase: NounPhrase, before: str) -> tuple[str, ...]:
    """Who, what, which: as the head of the phrase asks for it."""
    lower = [t for t in phrase.tokens if t.word and not t.name and not t.closed and not t.number]
    if w.is_time(phrase.head):
        return ("what time", "when")
    if phrase.names and not lower:
        return _named(before, phrase.tokens)
    if phrase.items:
        return ("who", "what") if is_person(phrase.head) else ("what", "which things")
    content = [t for t in phrase.tokens if t.word and not t.closed]
    modified = len(content) > 1 and content[0].low != phrase.head and not phrase.gerund
    head = (f"which {phrase.head}",) if modified else ()
    kind = (f"what kind of {phrase.head}",) if modified and content[0].adjective else ()
    return ("who" if is_person(phrase.head) else "what", *head, *kind)
