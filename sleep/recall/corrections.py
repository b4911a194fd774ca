"""Corrections: which later telling replaces which one of the same day or an earlier night."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from sleep.recall import words as w
from sleep.recall.candidates import Candidate
from sleep.recall.english import table
from sleep.recall.lexicon import MEMBERS, categories
from sleep.recall.measures import is_when
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling

_STRONG_CUE = re.compile(
    r"\b(scratch that|correction|i meant|no wait|wait|i was wrong|i misspoke|my mistake|oops|"
    r"made (?:a )?mistakes?|i must correct|told you wrong|typo|i mean|"
    r"(?:got|said|have) (?:that|it|this) wrong|"
    r"wrong (?:day|date|time|name|way round)|hang on|hold on|"
    r"mixed (?:\w+ )?up|beg (?:your )?pardon|misread|"
    r"misremembered|mis-?typed|now not|not any ?more|i was mistaken|get it wrong|"
    r"i (?:just )?said .{1,60}?(?:it is|it's)|"
    r"not .{1,30} but\b(?! (?:I|we|he|she|it|they|my|the|\w+ (?:is|are|was|were|has))\b))\b|"
    r"^(?:ah,? )?(?:no|nope|nah|wrong|mistake|actually|sorry|apologies|oh sorry|oh no)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def corrects(text: str) -> bool:
    """Whether a text says that something before it was wrong. Asked of a message for each of its
    clauses, so the answer is kept."""
    return _STRONG_CUE.search(text) is not None


# Relations a subject has once at a time: a new value ends the old one.
_SLOTS: dict[tuple[str, str], str] = {
    (verb, preposition): entry["name"]
    for entry in table("frames")["once"]
    for verb in entry["verbs"].split()
    for preposition in (entry["slot"].split() or [""])
}


def slot(candidate: Candidate) -> str:
    """What a candidate fills that holds only once ("home of my sister"); "" for the rest."""
    subject = _plain(candidate.owner)
    if candidate.naming:
        return f"name of {subject}"
    told = candidate.told
    if told is None:
        return ""
    thing = not told.human and "animal" not in categories(told.phrase.head)
    if told.copula and told.phrase.tokens[0].possessive and told.chunks and thing:
        return f"being {_said(told)} of {subject}"
    age = (
        told.copula
        and not told.past
        and told.chunks[:1]
        and told.chunks[0].text.split()[0].isdigit()
    )
    if age:
        return f"age of {subject}"
    for index, chunk in enumerate(told.chunks):
        if chunk.kind == "prep" or index == 0:
            key = (told.lemma, chunk.head if chunk.kind == "prep" else "")
            if key in _SLOTS:
                return f"{_SLOTS[key]} of {subject}"
    return ""


def _said(told: Telling) -> str:
    """What "be" says: when, where, what or how; the thesis that is due in May is still on bats."""
    first = told.chunks[0]
    dated = any(c.phrase is not None and is_when(c.phrase, "on") for c in told.chunks[:2])
    if first.head == "due" or (dated and first.kind in {"prep", "np"}):
        return "when"
    return {"prep": "where", "adj": "how"}.get(first.kind, "what")


def _plain(owner: str) -> str:
    words = [word for word in re.findall(r"[\w']+", owner.lower()) if word not in {"our", "the"}]
    return " ".join(words)


def _relation(candidate: Candidate) -> tuple[str, str]:
    told = candidate.told
    lemma = "is called" if candidate.naming else told.lemma if told is not None else ""
    if told is not None and told.me and told.copula and told.chunks:
        first = told.chunks[0]
        lemma = f"be {first.head if first.kind in {'prep', 'adj'} else first.kind}"
    return _plain(candidate.owner), lemma


def replaced(candidate: Candidate, earlier: Sequence[Candidate]) -> Candidate | None:
    """The earlier candidate that this one corrects, or None. earlier: oldest first.

    Without a cue in the words ("actually", "scratch that") only a relation that holds once counts.
    """
    answer = {word.lower() for word in candidate.answer}
    own_slot, relation = slot(candidate), _relation(candidate)
    cue = corrects(candidate.sentence) or bool(candidate.denied)
    for other in reversed(earlier):
        if {word.lower() for word in other.answer} == answer and other.text == candidate.text:
            continue
        same_slot = bool(own_slot) and slot(other) == own_slot and _may_end(candidate, other, cue)
        denied = bool(candidate.denied) and bool(
            {word.lower() for word in candidate.denied} & {word.lower() for word in other.answer}
        )
        if same_slot and not (
            {w.stem(x) for x in answer} & {w.stem(x.lower()) for x in other.answer}
        ):
            return other
        anew = bool(own_slot) and slot(other) == own_slot and corrects(candidate.heard.text)
        if anew and candidate.text != other.text and len(candidate.answer) >= len(other.answer):
            return other  # "Correction. Dentist Fri 09:15."
        if (cue and _relation(other) == relation and relation[1]) or (
            denied and _plain(other.owner) == relation[0]
        ):
            return other
    return None


_RESTATED = re.compile(
    r"\bdid I say ([A-Z]\w+)\b([^?.!]*)\?\s*(?:sorry,? )?"
    r"(?:I meant?|it's|it is|that's)\s+([A-Z]\w+)[.!]?",
    re.IGNORECASE,
)


def restated(message: str, owners: dict[str, str]) -> str:
    """The message with "Did I say Ann was here? It's Anna." told plainly, when Ann is known."""
    match = _RESTATED.search(message)
    if match is None or match.group(1) not in owners:
        return message
    old, rest, new = match.groups()
    owner = owners[old]
    plain = f"{owner[0].upper()}{owner[1:]}'s name is {new}, not {old}. {new}{rest}."
    return message.replace(match.group(0), plain)


_MONTHS = "|".join(MEMBERS["month"])
_NTH = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty-|thirty-)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|"
    r"ninth)|tenth|eleventh|twelfth|\w+teenth|twentieth|thirtieth)"
)
_MONTH_ALONE = "|".join(month for month in MEMBERS["month"] if month not in {"may", "march"})
_NUMBERED = (
    rf"(?:the )?{_NTH}(?: of)? (?:{_MONTHS})\b|\d{{1,2}} (?:{_MONTHS})\b|(?:{_MONTHS}) (?:the )?"
    rf"(?:{_NTH}|\d{{1,2}}\b)|the \d{{1,2}}(?:st|nd|rd|th)\b"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DAY = (
    rf"\b{_WEEKDAY},? (?:{_NUMBERED})|\b(?:{_NUMBERED})|\b{_WEEKDAY}\b|"
    rf"\b(?:{_MONTH_ALONE})\b|\b(?<=in )(?:may|march)\b"
)
_CLOCK = (
    r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?(?:am|pm|o'clock)\b|"
    r"\b(?:half|quarter|ten|twenty|five) (?:past|to) \w+\b|\b(?<=at )\d{1,2}\b"
)
_DATES = {"day": re.compile(_DAY, re.IGNORECASE), "clock": re.compile(_CLOCK, re.IGNORECASE)}
_DENIED = re.compile(
    rf"\bnot (?:on |at |for |the )*({_CLOCK}|\d{{1,2}}\b|{_NTH}|{_DAY})", re.IGNORECASE
)


def moved_date(
    sentence: str, told: Telling, cue: bool, earlier: Sequence[Candidate]
) -> tuple[str, str]:
    """(old date, new date) when a correcting sentence gives another date for a thing told before;
    "it" is what was told last.

    The whole earlier sentence stays true but for the date: it is read again with the new one.
    """
    denied = _DENIED.search(sentence)
    if not (cue or denied):
        return "", ""
    said = sentence[: denied.start()] if denied else sentence
    for pattern in _DATES.values():
        new = pattern.search(said)
        if new is None:
            continue
        dated = [(one, old) for one in earlier if (old := pattern.search(one.text)) is not None]
        alike = _numbered(new.group(0))
        dated = [
            *(pair for pair in dated if _numbered(pair[1].group(0)) is not alike),
            *(pair for pair in dated if _numbered(pair[1].group(0)) is alike),
        ]
        for other, old in reversed(dated):
            if old.group(0).lower() == new.group(0).lower():
                continue
            meant = denied is not None and denied.group(1).lower() in old.group(0).lower()
            apart = denied is not None and _numbered(denied.group(1)) > _numbered(old.group(0))
            if meant or (cue and not apart and _same_thing(told, other)):
                return old.group(0), new.group(0)
    return "", ""


_WITH_NUMBER = re.compile(rf"\d|{_NTH}", re.IGNORECASE)


def _numbered(text: str) -> bool:
    """Whether a text dates by number ("the 3rd"), not by weekday alone."""
    return _WITH_NUMBER.search(text) is not None


_GOING = frozenset({"go", "travel", "fly", "leave", "drive", "move", "sail"})


def _same_thing(told: Telling, other: Candidate) -> bool:
    """Whether a correction may speak of what an earlier candidate told."""
    if told.phrase.first in {"it", "that"}:
        return True
    if told.me:
        lemmas = {told.lemma, other.told.lemma if other.told is not None else ""}
        return len(lemmas) == 1 or lemmas <= _GOING
    return told.phrase.head in set(re.findall(r"\w+", other.text.lower()))


def only_when(told: Telling, date: str) -> Telling:
    """The telling with no more than what takes place and its date."""
    chunks: list[Chunk] = []
    vague = told.lemma in {"have", "be", "do", "get"} and told.me
    if vague and not (told.chunks and told.chunks[0].kind == "np"):
        return told
    if not any(date.lower() in chunk.text.lower() for chunk in told.chunks):
        return told
    for before, chunk in zip((None, *told.chunks), told.chunks, strict=False):
        dated = date.lower() in chunk.text.lower()
        opening = before is None and chunk.kind in {"np", "adj"}
        aimed = before is not None and before.head == "to" and not chunks
        if (dated or aimed) and before is not None and before.kind == "prep":
            chunks.append(before)
        if dated or aimed or opening:
            chunks.append(chunk)
    return replace(told, chunks=tuple(chunks)) if chunks else told


def _may_end(new: Candidate, old: Candidate, cue: bool) -> bool:
    """Having moved somewhere once does not contradict living elsewhere now."""
    arrived = old.told is not None and old.told.past and new.told is not None and not new.told.past
    return cue or not arrived


def old_words(new: Candidate, old: Candidate | None) -> tuple[str, ...]:
    """Answer words that must no longer come: the old ones that the new statement does not hold."""
    shared = old is not None and {w.stem(x.lower()) for x in new.answer} & {
        w.stem(x.lower()) for x in old.answer
    }
    words = [*new.denied, *(old.answer if old is not None and not shared else ())]
    kept = [
        word
        for word in words
        if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", new.text, re.IGNORECASE)
    ]
    return tuple(dict.fromkeys(kept))
