"""What somebody does at a time of theirs: "What do I do on Friday afternoons?"."""

from __future__ import annotations

from sleep.recall.asking import Ask, fixed
from sleep.recall.frames import fill
from sleep.recall.lexicon import categories
from sleep.recall.measures import is_when
from sleep.recall.nouns import answer_words
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.telling import Telling

_WHAT = (
    "what DO S do {when}", "how DO S spend {when}", "what AM S up to {when}", "what is on {when}",
    "what DO S have on {when}", "why AM S busy {when}",
)  # fmt: skip
_WHERE = ("where AM S {when}", "where will people find MYSELF {when}", "where DO S go {when}")


def occupied_questions(told: Telling) -> list[Ask]:
    """Questions from a regular time to what is done then, and where; empty without such a time."""
    if told.copula or told.negated or told.past or not (told.me or told.human):
        return []
    when = next((text for k in range(len(told.chunks)) if (text := _regular(told, k))), "")
    if not when:
        return []
    doings: list[str] = []
    places: list[str] = []
    for before, chunk in zip((None, *told.chunks), told.chunks, strict=False):
        phrase = chunk.phrase
        if phrase is None or phrase.pronoun or phrase.text in when:
            continue
        if before is not None and is_when(phrase, before.head):
            continue
        placed = before is not None and before.head in {"at", "in", "to"}
        (places if placed else doings).extend(answer_words(phrase))
    doings = doings or [told.main.lower(), told.lemma]
    asks = [_ask(told, template, when, doings) for template in _WHAT]
    return asks + [_ask(told, template, when, places) for template in _WHERE if places]


def _ask(told: Telling, template: str, when: str, expect: list[str]) -> Ask:
    spent = "spend" in template
    wording = template.format(when=when.removeprefix("on ") if spent else when)
    words = tuple(dict.fromkeys(expect))
    return fixed(f"occupied:{template}", fill(wording, told), words, kind="frame")


def _regular(told: Telling, index: int) -> str:
    """The time at this chunk with its preposition, when it comes again: "on Tuesdays"."""
    phrase: NounPhrase | None = told.chunks[index].phrase
    if phrase is None:
        return ""
    weekly = any("weekday" in categories(token.low) for token in phrase.tokens)
    each = phrase.first in {"every", "each"}
    if not (weekly or each) or any(token.number for token in phrase.tokens):
        return ""
    before = told.chunks[index - 1] if index else None
    governed = before is not None and before.kind == "prep"
    return (
        f"{before.text} {phrase.text}"
        if governed and before is not None
        else (phrase.text if each else f"on {phrase.text}")
    )
