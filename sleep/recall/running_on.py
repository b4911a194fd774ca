"""Messages typed in one go, taken apart before they are split: "hey its bex here", "lol" and "btw"
for full stops, "mon wed fri", "my eldest is ben hes a vet".
"""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.clauses import clauses
from sleep.recall.english import word_set
from sleep.recall.lexicon import MEMBERS, categories
from sleep.recall.texting import completed, listed
from sleep.recall.tokens import tokenise
from sleep.recall.uncapitalised import is_name

_GREETED = rf"^(?:(?:{listed('greetings')}|x+)\b[\s,!.]*)*"
# "hi its bex here", "names bex", "bex here", "hey its bex".
_ITS_ME = re.compile(
    rf"{_GREETED}(?:(?:it's|its|this is) ([a-z]+) here\b|"
    r"(?:the |my )?name(?:'?s| is) ([a-z]+)\b|([a-z]+) here(?=[,.!]|$))",
    re.IGNORECASE,
)
_ITS_NAME = re.compile(
    rf"{_GREETED}(?<=[a-z,!. ] )(?:it's|its|this is) ([a-z]+)(?=[,.!]|$| from\b)|"
    rf"{_GREETED}(?<=[a-z,!. ] )([a-z]+)(?= from [a-z]+\b| again\b)",
    re.IGNORECASE,
)
# "hiya can you help with my cv, I'm a hairdresser": asked, then told.
_REQUEST = re.compile(
    rf"{_GREETED}((?:can|could|would|will) (?:you|u) (?:please )?[a-z][^.!?,\n]{{3,80}}),"
    r"(?= (?:I'm|I've|I am|I have|I work|I live|my|we|our)\b)",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"(?<=\w) (?:btw|lol|lmao|haha\w*|tho|xd|omg|ngl|tbh|smh|ffs) "
    r"(?=(?:i|im|i'm|ive|i've|my|we|he|hes|she|shes|its|they|theyre|got|our|dont|cant)\b)",
    re.IGNORECASE,
)
_EXPECTED = re.compile(
    r"\b(pregnant|on the way)\b\W{1,8}(?:(?:btw|lol|tho)\W{1,8})?due\b", re.IGNORECASE
)
_DAYS = {day[:3].lower(): day.capitalize() for day in MEMBERS["weekday"] if day.endswith("day")}
_SHORT = r"(?:mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun)s?"
_WEEK = re.compile(
    rf"\b{_SHORT}(?:(?: ?, ?| ?/ ?| ?& ?| \+ | ?- ?| (?:and|n|to|till?) | ){_SHORT}\b)+",
    re.IGNORECASE,
)
# "wifes name is jo"
_BARE_OWNER = re.compile(
    rf"(^|[,.;!] |\b(?:and|but|so|n) )({listed('bare_people')}|{listed('friends')})'?s "
    r"(?=(?:name|birthday|bday|job|house|place|car|wedding|dog|cat)\b)",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"(?<=\w) (?=(?:his|her|its) name(?:'s| is) |"
    r"(?:he|she|they|we|I|it)'(?:s|re|m) (?:an? |called |from |allergic |married |"
    r"retired |studying |\d+\b|(?:in|at|on) (?:the |a )?[a-z\d]{2,}\b|on \d))"
)
_LEADS_ON = (
    w.SUBORDINATORS
    | w.WH_WORDS
    | w.COORDINATORS
    | w.PREPOSITIONS
    | w.INTERJECTIONS
    | w.DEGREE_ADVERBS
    | {"that", "so", "then", "like", "says", "said", "but", "and"}
)
_THAT_VERBS = word_set("that_verbs")


def apart(text: str) -> str:
    """A message as typed, with a full stop for the "lol" or "btw" between two things told."""
    text = _WEEK.sub(_weekdays, _EXPECTED.sub(_expected, text))
    return _BARE_OWNER.sub(r"\1my \2's ", _SAYS_NOTHING.sub(". ", text))


def _expected(match: re.Match[str]) -> str:
    """A baby, unless it is young animals that are on the way."""
    before = match.string[: match.start()].split()[-2:]
    if any("animal" in categories(word) for word in before):
        return match.group(0)
    return f"{match.group(1)}. my baby is due"


def _weekdays(match: re.Match[str]) -> str:
    """ "mon wed fri" and "mon to sat" as whole days."""
    words = re.findall(r"[a-z]+", match.group(0).lower())
    days = [_DAYS[word[:3]] for word in words if word[:3] in _DAYS]
    through = bool({"to", "till", "til"} & set(words)) or "-" in match.group(0)
    return (" to " if through else " and ").join(days)


def punctuated(text: str) -> str:
    """A message with "its bex here" told plainly and a full stop where a new clause runs on."""
    text = _REQUEST.sub(r"\1?", text)
    text = _ITS_ME.sub(_presented, _ITS_NAME.sub(_presented, text))
    for match in reversed(list(_RUN_ON.finditer(text))):
        before = re.split(r"[.!?,\n]", text[: match.start()])[-1]
        last = before.split()[-1].lower() if before.split() else "and"
        stated = (last in _LEADS_ON and last != "too") or w.verb_lemma(last) in _THAT_VERBS
        told = clauses(tokenise(before)) or completed(before.strip(), opening=True)
        if not stated and told:
            text = f"{text[: match.start()]},{text[match.start() :]}"
    return text


def _presented(match: re.Match[str]) -> str:
    name = next(one for one in match.groups() if one)
    return f"I'm {name}" if is_name(name.lower()) else match.group(0)
