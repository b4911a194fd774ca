"""Dates and events said in roundabout ways, made plain: "it's our anniversary on the 3rd" is "our
anniversary is on the 3rd", "the 10th is the scan" is "the scan is on the 10th"."""

from __future__ import annotations

import re

from sleep.recall.english import word_set
from sleep.recall.lexicon import MEMBERS
from sleep.recall.saying_names import KIN, NAME, any_of

_EVENTS = any_of({*MEMBERS["event"], *word_set("regular_events")})
_MONTHS = any_of(MEMBERS["month"])
_DAYS = any_of(word for word in MEMBERS["weekday"] if word.endswith("day"))
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_ORDINAL = rf"(?:{_NTH}|first|second|third|\w+(?:th|eth)|twenty-\w+)"
_SPELLED = (
    r"the (?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|"
    r"twentieth|thirtieth|twenty-\w+|thirty-first)(?=\s*(?:[,.!?]|$)|"
    r" (?:is|was|at|not|for|and|so|sorry|the|it|we|I|of next)\b)"
)
_DATE = (
    rf"(?:{_SPELLED}|(?:the )?{_ORDINAL}(?: of)? (?:{_MONTHS})|(?:the )?{_NTH}|"
    rf"\d{{1,2}} (?:{_MONTHS})|(?:{_MONTHS}) (?:the )?\d{{1,2}}(?:st|nd|rd|th)?|(?:{_DAYS}))"
)

_ITS_EVENT = re.compile(
    r"\b(?:it|that|this) (is|was) (?:for )?"
    rf"((?:my|our|{NAME}'s)(?: [\w'-]+){{0,4}}? (?:{_EVENTS})),? "
    r"(?=(?:at|in|on|next|this|tomorrow|from|until)\b)",
    re.IGNORECASE,
)
_DATE_IS = re.compile(
    rf"(?:(?<=^)|(?<=[,.;] )|(?<=\band )|(?<=\bbut ))(?:on )?({_DATE}) (is|was) (?:only |just )?"
    r"((?:my|our|the|(?:my |our )?[\w]+'s)(?: [\w'-]+){1,4}?)"
    r"(?=\s*(?:[,.!?]|$)| (?:and|but|with|sorry)\b)",
    re.IGNORECASE,
)
_CLEFT = re.compile(
    rf"\b(?:it|that) is ({_DATE})(?: that| when)? ((?:I|we|my \w+|our \w+) [^,.!?]+)", re.IGNORECASE
)
_BIRTHDAY_OF = re.compile(
    rf"\bbirthday of (?:my )?({KIN}),? (?:is )?(?:on |in )?({_DATE})", re.IGNORECASE
)
_BIRTHDAY = re.compile(
    rf"(?<!my )(?<!our )\b((?:my |our )?(?:{KIN})'s birthday),? ({_DATE})", re.IGNORECASE
)
_DATE_FOR = re.compile(
    rf"\b(?:it|that) is ({_DATE}) for ((?:my|our|the) [\w' -]{{2,30}}?)"
    r"(?=\s*(?:[,.!?]|$)| not\b| and\b)",
    re.IGNORECASE,
)
_THERE = re.compile(
    rf"\bthere is (?:also )?(an?) ((?:[\w-]+ ){{0,2}}(?:{_EVENTS}))"
    r"((?: (?:at|in|on|for|every)\b)[^,.!?]*)",
    re.IGNORECASE,
)
_REGULAR = re.compile(rf"\b(?:every|each|{_DAYS}|{_MONTHS})", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|we|me|us|my|our)\b")
_EVENT_BARE = re.compile(
    rf"^(?:(?:got|have) )?(?:an? |my |our )?((?:(?!the |my )[a-z-]+ ){{0,2}}(?:{_EVENTS}))"
    r" ((?:on|at|in|this|next) [^.!?]*)[.!]?$",
    re.IGNORECASE,
)
_DUE = re.compile(
    rf"(^|[,;] |\b(?:and|but|my) )((?:[a-z]+ ){{1,3}}?)due (?:on )?({_DATE})", re.IGNORECASE
)
_DUE_ALREADY = frozenset({"is", "are", "was", "be", "am", "not", "baby"})


_TWO_DATES = re.compile(rf"\b((?:it|that) is {_DATE}) (?=(?:the )?{_DATE} is\b)", re.IGNORECASE)


def plain_dates(text: str) -> str:
    """The text with the thing first and its date after it."""
    text = _TWO_DATES.sub(r"\1, ", text)
    text = _DUE.sub(_due, _EVENT_BARE.sub(r"my \1 is \2", text))
    text = _ITS_EVENT.sub(r"\2 \1 ", text)
    text = _BIRTHDAY.sub(r"\1 is on \2", _BIRTHDAY_OF.sub(r"my \1's birthday is on \2", text))
    text = _DATE_FOR.sub(r"\2 is on \1", text)
    text = _CLEFT.sub(lambda match: f"{match.group(2).rstrip()} on {match.group(1)}", text)
    text = _DATE_IS.sub(_turned, text)
    return _THERE.sub(_existing, text) if _FIRST_PERSON.search(text) else text


def _turned(match: re.Match[str]) -> str:
    date, be, thing = match.groups()
    date = date[0].lower() + date[1:] if date.lower().startswith("the ") else date
    return f"{thing} {be} on {date}"


def _due(match: re.Match[str]) -> str:
    """ "dissertation due 31 August" -> "my dissertation is due on 31 August"."""
    opening, thing, date = match.groups()
    words = thing.lower().split()
    if _DUE_ALREADY & set(words):
        return match.group(0)
    own = opening.strip().lower() == "my" or words[0] in {"my", "our", "the"}
    return f"{opening}{'' if own else 'my '}{thing}is due on {date}"


def _existing(match: re.Match[str]) -> str:
    """ "there is a class every Monday" -> "we have a class every Monday", when it is regular."""
    article, event, rest = match.groups()
    return f"we have {article} {event}{rest}" if _REGULAR.search(rest) else match.group(0)
