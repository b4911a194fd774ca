"""What a phrase measures or dates: a length of time, a distance, a price, a clock time, a day."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sleep.recall import words as w
from sleep.recall.english import table
from sleep.recall.lexicon import categories
from sleep.recall.phrase_core import NounPhrase

_UNITS: dict[str, str] = {
    unit: kind for kind, units in table("measures")["units"].items() for unit in units.split()
}
_SPOKEN: dict[str, str] = table("measures")["spoken"]
_ASKED_WITH: dict[str, list[str]] = table("measures")["asked_with"]
_JOINED = re.compile(r"^([€$£]?)(\d+(?:[.,]\d+)*)([a-zµμ%€$£]*)$")
_CLOCK = re.compile(r"^\d{1,2}[:.]\d{2}(?:am|pm)?$|^\d{1,2}(?:am|pm|h)$")
_FROM_TO = re.compile(r"^(\d{1,2}(?:[:.]\d{2})?)(?:am|pm|h)?-(\d{1,2}(?:[:.]\d{2})?)(?:am|pm|h)?$")
_IN_FIGURES = re.compile(
    r"^\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})$|^\d{4}-\d{2}-\d{2}$|"
    r"^(?:1[3-9]|2[0-35-9]|3[01])/(?:0?[1-9]|1[0-2])$"
)
_YEAR = re.compile(r"^(?:1[89]|20)\d\d$")
_SAID = frozenset({"am", "pm", "o'clock", "noon", "midnight"})
_DAYS = frozenset({"month", "weekday", "season"})
_GRADE = re.compile(r"^(?:year|class|grade|form) \d{1,2}$", re.IGNORECASE)
_ORDINAL = re.compile(
    r"^(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty-|thirty-)?(?:first|second|third|fourth|fifth|sixth|seventh|"
    r"eighth|ninth)|tenth|eleventh|twelfth|\w+teenth|twentieth|thirtieth)$"
)


@dataclass(frozen=True)
class Measure:
    """A number with its unit. kind: duration, distance, money, weight, ... unit: as it is asked."""

    kind: str
    number: str
    unit: str


def measure(phrase: NounPhrase) -> Measure | None:
    """The measure that a phrase is ("40 min", "€900", "28 km"), or None."""
    tokens = [token for token in phrase.tokens if token.number or token.word]
    at = next((k for k, token in enumerate(tokens) if token.number), None)
    if at is None or any(token.possessive for token in tokens[:at]):
        return None
    if [token.low for token in tokens] == ["one", "day"]:
        return None
    if re.fullmatch(r"\d'\d{1,2}", tokens[at].text):
        return Measure("height", tokens[at].text, "feet")
    joined = _JOINED.match(tokens[at].low)
    if joined and (joined.group(1) or joined.group(3)):
        unit = joined.group(1) or joined.group(3)
        kind = _kind(unit)
        return Measure(kind, tokens[at].text, _SPOKEN.get(unit, unit)) if kind else None
    end = at + 1
    while end < len(tokens) and (tokens[end].number or tokens[end].low == "and"):
        end += 1
    for unit in tokens[end : end + 2]:
        kind = _kind(unit.low)
        if kind:
            number = " ".join(token.text for token in tokens[at:end])
            return Measure(kind, number, _spoken(unit.low))
    return None


def hours(text: str) -> bool:
    """Whether a text says from when to when, by the clock: "6am-2pm", "9-5"."""
    return _FROM_TO.match(text.lower()) is not None


def _kind(unit: str) -> str:
    forms = (unit, w.noun_lemma(unit), unit.removesuffix("s"))
    return next((_UNITS[form] for form in forms if form in _UNITS), "")


def _spoken(unit: str) -> str:
    """The unit as one asks for it: "minutes" for "min"."""
    plain = w.noun_lemma(unit).removesuffix("s")
    found = _SPOKEN.get(unit) or _SPOKEN.get(plain)
    return found or (unit if w.is_plural(unit) else w.inflect(unit, "NNS"))


def time_kind(phrase: NounPhrase, preposition: str) -> str:
    """clock, weekday, date, month, year, season, part (of the day) or "" for what is no time."""
    words = [token.low for token in phrase.tokens if token.word]
    named = categories(phrase.head)[:1] in (("month",), ("weekday",), ("season",))
    counted = phrase.tokens[0].number or phrase.head[:1].isdigit() or phrase.tokens[-1].number
    if not (named or counted or w.is_time(phrase.head) or _SAID & set(words)):
        return ""  # "the choir of a Wednesday evening" is no time
    kinds = {kind for word in words for kind in categories(word)}
    numbers = [word for word in words if word[:1].isdigit() or word in w.NUMBER_WORDS]
    if any(_IN_FIGURES.match(word) for word in words):
        return "date"
    if any(hours(word) and not word.replace("-", "").isdigit() for word in words):
        return "clock"
    if any(_CLOCK.match(word) for word in words) or {"noon", "midnight", "o'clock"} & set(words):
        return "clock"
    if words[-1:] in (["am"], ["pm"]) and numbers:
        return "clock"
    if "month" in kinds:
        return "date" if [word for word in numbers if not _YEAR.match(word)] else "month"
    if words and _YEAR.match(words[-1]) and len(words) <= 2:
        return "year"
    if "weekday" in kinds:
        return "weekday"
    if "season" in kinds:
        return "season"
    numbered = [word for word in words if word not in {"the", "my", "our"}]
    if preposition == "on" and len(numbered) == 1 and _ORDINAL.match(numbered[0]):
        return "date"
    if preposition in {"at", "around", "by", "until", "from", "before", "after"}:
        alone = len(words) == 1 and phrase.tokens[-1].number
        return "clock" if alone or words[:2] in (["half", "past"], ["quarter", "past"]) else ""
    return ""


def is_when(phrase: NounPhrase, preposition: str) -> bool:
    """Whether a phrase says when something is, not for how long."""
    if measure(phrase) is not None or _GRADE.match(phrase.text):
        return False
    capital = (token.low for token in phrase.tokens if token.text != token.low)
    named = any(not (w.is_time(low) or _DAYS & set(categories(low))) for low in capital)
    dated = bool(preposition) and phrase.head.isdigit() and not named  # "on my iPhone 8"
    return dated or w.is_time(phrase.head) or bool(time_kind(phrase, preposition))


def asked_with(kind: str) -> list[str]:
    """The wh-phrases that ask for a kind of measure or time; {unit} stands for its unit."""
    return _ASKED_WITH.get(kind, [])
