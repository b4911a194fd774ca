"""Corrections: which later telling replaces which one of the same day or an earlier night."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sleep.recall import words as w
from sleep.recall.candidates import Candidate
from sleep.recall.english import table
from sleep.recall.lexicon import categories

STRONG_CUE = re.compile(
    r"\b(scratch that|correction|i meant|no wait|wait|i was wrong|i misspoke|my mistake|oops|"
    r"made a mistake|i must correct|told you wrong|got that wrong|typo|i mean|"
    r"not .{1,30} but)\b|^(?:no|actually|sorry)\b",
    re.IGNORECASE,
)
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
        return f"being of {subject}"
    age = told.copula and told.chunks[:1] and told.chunks[0].text.split()[0].isdigit()
    if age:
        return f"age of {subject}"
    for index, chunk in enumerate(told.chunks):
        if chunk.kind == "prep" or index == 0:
            key = (told.lemma, chunk.head if chunk.kind == "prep" else "")
            if key in _SLOTS:
                return f"{_SLOTS[key]} of {subject}"
    return ""


def _plain(owner: str) -> str:
    words = [word for word in re.findall(r"[\w']+", owner.lower()) if word not in {"our", "the"}]
    return " ".join(words)


def _relation(candidate: Candidate) -> tuple[str, str]:
    lemma = "is called" if candidate.naming else candidate.told.lemma if candidate.told else ""
    return _plain(candidate.owner), lemma


def replaced(candidate: Candidate, earlier: Sequence[Candidate]) -> Candidate | None:
    """The earlier candidate that this one corrects, or None. earlier: oldest first.

    Without a cue in the words ("actually", "scratch that") only a relation that holds once counts.
    """
    answer = {word.lower() for word in candidate.answer}
    own_slot, relation = slot(candidate), _relation(candidate)
    cue = bool(STRONG_CUE.search(candidate.sentence)) or bool(candidate.denied)
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


_DATE = re.compile(
    r"\b(?:\d{1,2}(?:st|nd|rd|th)?(?: of)? )?(?:january|february|march|april|may|june|july|"
    r"august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b(?: \d{1,2}\b)?|"
    r"\b\d{1,2}[:.]\d{2}\b|\b\d+ ?(?:am|pm|o'clock)\b",
    re.IGNORECASE,
)


def moved_date(sentence: str, subject_head: str, earlier: Sequence[Candidate]) -> tuple[str, str]:
    """(old date, new date) when a correcting sentence gives another date for a thing told before;
    without a head, for what was told last.

    The whole earlier sentence stays true but for the date: it is read again with the new one.
    """
    new = _DATE.search(sentence)
    if new is None or not STRONG_CUE.search(sentence):
        return "", ""
    for other in reversed(earlier):
        old = _DATE.search(other.text)
        words = set(re.findall(r"\w+", other.text.lower()))
        if (
            old is not None
            and (not subject_head or subject_head in words)
            and old.group(0).lower() != new.group(0).lower()
        ):
            return old.group(0), new.group(0)
    return "", ""


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
