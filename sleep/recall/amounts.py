"""How much, how long, how often: the questions on phrases that measure, count or come again."""

from __future__ import annotations

from collections.abc import Sequence

from sleep.recall import words as w
from sleep.recall.asking import Ask, ask, rests
from sleep.recall.lexicon import categories
from sleep.recall.measures import Measure, asked_with, measure
from sleep.recall.nouns import amount_words, substance
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling
from sleep.recall.tokens import Token

_AMOUNTS = frozenset(
    {"minute", "hour", "day", "week", "month", "year", "night", "decade", "second"}
)


def amount_questions(
    told: Telling,
    phrase: NounPhrase,
    prep: Chunk | None,
    rest: Sequence[Chunk],
    expect: tuple[str, ...],
) -> list[Ask]:
    """How long, how often, how many, when: for phrases that measure or date."""
    head = w.noun_lemma(phrase.head)
    tokens = [token for token in phrase.tokens if token.word]
    text = phrase.text.lower()
    if not tokens:
        return []
    if tokens[0].low in {"every", "each"} and len(tokens) > 1 and not _AMOUNTS & {head}:
        return _recurring(told, tokens[1:], rest, (phrase.text, *_weekdays(tokens)))
    if head == "time" and tokens[0].number and prep is None:
        asked = (
            ("how many times",) if told.past else ("how often", "how many times", "how regularly")
        )
        after = [chunk for chunk in rest if not (chunk.phrase and w.is_time(chunk.head))]
        return [ask(told, f"often-{k}", wh, after, (phrase.text,)) for k, wh in enumerate(asked)]
    if tokens[0].low in {"every", "each"} or text in {"once a week", "twice a week"}:
        return [ask(told, "often", "how often", rest, (phrase.text,))]
    measured = measure(phrase)
    if measured is not None and (not told.copula or _governed(measured, phrase, prep)):
        return _measured(told, measured, phrase, prep, rest)
    vague = head in _AMOUNTS and tokens[0].low in {"a", "an", "several", "half", "many"}
    if vague and (prep is None or prep.head in {"for", "over"}):
        words = (" ".join(t.text for t in tokens if t.low not in {"at", "least", "about"}),)
        return [
            ask(told, "how-long", "how long", rest, words),
            ask(told, "how-much-time", "for how long", rest, words),
        ]
    if head in w.TIME_NOUNS | {"clock"} and prep is None and not told.copula:
        return []
    if (
        prep is None
        and tokens[0].number
        and len(tokens) > 1
        and not told.copula
        and w.is_plural(phrase.head)
    ):
        noun = phrase.head
        return [
            ask(told, "how-many", f"how many {noun}", rest, (tokens[0].text,)),
            ask(told, "number", f"what number of {noun}", rest, (tokens[0].text,)),
        ]
    return []


def _governed(measured: Measure, phrase: NounPhrase, prep: Chunk | None) -> bool:
    """Whether it says how much after "be": "I am | on 20 mg of it", "for three years"."""
    return prep is not None and (measured.kind == "duration" or substance(phrase) is not None)


def is_rate(amount: NounPhrase, per: NounPhrase) -> bool:
    """Whether "a month" after an amount says for how much time it counts."""
    return any(token.number for token in amount.tokens) and is_per(per)


def is_per(phrase: NounPhrase) -> bool:
    """ "a day", "per month", "every week", of an amount or a number of times."""
    return phrase.first in {"a", "an", "per", "each", "every"} and w.is_time(phrase.head)


def _measured(
    told: Telling,
    measured: Measure,
    phrase: NounPhrase,
    prep: Chunk | None,
    rest: Sequence[Chunk],
) -> list[Ask]:
    """How long, how far, how much, how many kilometres."""
    if prep is not None and prep.head in {"in", "after", "before", "from", "within"}:
        return []
    lasting = measured.kind == "duration"
    past = [chunk for chunk in rest if chunk.text != "ago"]
    if lasting and len(past) < len(rest):
        ago = (f"{phrase.text} ago", measured.number)
        return [
            ask(told, f"ago-{k}", wh, kept, ago)
            for k, wh in enumerate(("when", "how long ago", f"how many {measured.unit} ago"))
            for kept in ([past, rests(past, [])[0]] if k == 0 else [past])
        ]
    if lasting and told.lemma == "have":
        return []  # an age, which frames ask for
    stranded = [prep] if prep is not None and not lasting else []
    inner = substance(phrase)
    words = amount_words(phrase)
    lean = rests(list(rest), [])[0]
    return [
        ask(told, f"{measured.kind}-{k}", wh.format(unit=measured.unit), [*kept, *stranded], words)
        for k, wh in enumerate(_of(wh, inner) for wh in _fitting(told, measured.kind))
        for kept in ([rest, lean] if k == 0 and lean != list(rest) else [lean if k % 2 else rest])
    ]


def _fitting(told: Telling, kind: str) -> list[str]:
    """A thing that "has 80,000 miles" is asked how many, not how far it has; one that is done for
    years takes no "how much time"."""
    counted = told.lemma == "have" and kind == "distance"
    spent = told.lemma in {"spend", "take", "need", "have", "get", "lose", "save"}
    fitting = [wh for wh in asked_with(kind) if spent or wh != "how much time"]
    return [wh for wh in fitting if "{unit}" in wh or not counted]


def _of(wh: str, inner: NounPhrase | None) -> str:
    """ "how much citalopram", "how many milligrams of citalopram"."""
    if inner is None:
        return wh
    mass = wh == "how much" and not w.is_plural(inner.head)
    return f"{wh} {inner.text}" if mass else f"{wh} of {inner.text}"


def _weekdays(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.text for token in tokens if "weekday" in categories(token.low))


def _recurring(
    told: Telling, tokens: Sequence[Token], rest: Sequence[Chunk], expect: tuple[str, ...]
) -> list[Ask]:
    """ "every Tuesday evening": when, on which day, on which evening."""
    lean = rests(list(rest), [])[0]
    found = [ask(told, "when", "when", lean, expect)]
    part = tokens[-1].low
    if _weekdays(tokens):
        found += [
            ask(told, "day", "on which day", lean, expect, "which"),
            ask(told, "weekday", "on what day of the week", rest, expect, "which"),
        ]
    if "weekday" not in categories(part):
        found.append(ask(told, "part", f"on which {part}", rest, expect, "which"))
    return [*found, ask(told, "often", "how often", rest, expect)]
