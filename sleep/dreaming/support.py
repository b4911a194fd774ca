"""What a dream may say: nothing personal that no memory supports.

Every sentence of a dream has to be one memory's, in all its words. Its content words are among
those of the memory's statement and lessons, none more often; it is about the memory's subject;
names, numbers and what is somebody's, and in statements every word that carries meaning, follow
the words they follow there ("in Porto", "your sister"); it can, must or likes only what the memory
does, and denies only what that denies; and it speaks in its own voice (statements of "you",
questions of "I"). That refuses much that is true, mixtures of two memories, and all that is said
about the rest of the world: in a dream, nobody could tell it from an invention.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sleep.dreaming.dream import Source, Topic
from sleep.recall.words import (
    AUXILIARIES,
    BE,
    DETERMINERS,
    GRAMMAR_WORDS,
    MODALS,
    NEGATIONS,
    content_stems,
    stem,
)

_SENTENCE: Final = re.compile(r"[^.!?\n]+[.!?]*")
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NAMING: Final = frozenset(("is", "are", "was", "be", "called", "named"))
_POSSESSIVE: Final = frozenset(("my", "your", "our"))
_HELPING: Final = (AUXILIARIES | MODALS | {"like", "need", "dare"}) - BE
_FIRST: Final = frozenset(("i", "me", "my", "mine", "myself", "am", "i'm", "i've", "i'd", "i'll"))
_TOGETHER: Final = frozenset(("we", "us", "our", "ours"))
_SECOND: Final = frozenset(("your", "yours", "yourself", "you're", "you've"))


@dataclass(frozen=True)
class Finding:
    """Whether a dream is supported, by which memories, or why it is not."""

    supported: bool
    memories: tuple[int, ...]
    reason: str


def support(text: str, topic: Topic) -> Finding:
    """Which of a topic's memories stand behind a dream."""
    found: list[int] = []
    sentences = [s for s in _SENTENCE.findall(text) if _words(s)]
    if not sentences:
        return Finding(False, topic.ids, "it says nothing")
    for sentence in sentences:
        reasons = [why_not(sentence, source) for source in topic.sources]
        behind = [id_ for id_, why in zip(topic.ids, reasons, strict=True) if not why]
        if not behind:
            said = sentence.strip()
            return Finding(False, topic.ids, f"no memory supports '{said}': {reasons[0]}")
        found.append(behind[0])
    return Finding(True, tuple(sorted(set(found))), "")


def why_not(sentence: str, source: Source) -> str:
    """Why a memory does not support a sentence; empty if it does."""
    words, said = _words(sentence), _memory(source)
    lower = [word.lower() for word in words]
    asks = sentence.rstrip().endswith("?")
    if {*lower} & (_SECOND if asks else _FIRST | _TOGETHER):
        return "it speaks in another's voice"
    stems = content_stems(sentence)
    strange = stems - said.stems
    if strange:
        return f"'{min(strange)}' is not in it"
    counts = Counter(stem(word) for word in lower)
    if any(counts[each] > said.counts[each] for each in stems):
        return "it says a thing twice"
    if _denies(lower) and not said.denies:
        return "it denies what is so"
    if lower and {*lower} <= said.values:  # an answer may be only the name or number
        return ""
    if not _about(lower, stems, said, asks=asks):
        return "it is about something else"
    if not asks and (more := {*lower} & _HELPING - said.helping):
        return f"'{min(more)}' is not in it"
    for place in _places(lower, said.values, all_words=not asks):
        if place not in said.places:
            return f"'{place[1]}' stands in another place"
    return ""


@dataclass(frozen=True)
class _Memory:
    """How a memory is worded, over its statement and its lessons; all in lower case."""

    impersonal: bool
    subject: frozenset[str]
    chained: bool
    """Its subject is somebody's somebody, so that half of it is another one."""
    stems: frozenset[str]
    counts: Counter[str]
    values: frozenset[str]
    """Names and numbers."""
    places: frozenset[tuple[str, str]]
    """(word before, word), both as their stems."""
    helping: frozenset[str]
    denies: bool


@lru_cache(maxsize=256)
def _memory(source: Source) -> _Memory:
    sentences = [_words(s) for text in source.words for s in _SENTENCE.findall(text)]
    lower = [[word.lower() for word in words] for words in sentences]
    values = frozenset(
        word.lower()
        for words in sentences
        for at, word in enumerate(words)
        if _is_value(word, first=at == 0)
    )
    counts: Counter[str] = Counter()
    for each in lower:
        counts |= Counter(stem(word) for word in each)
    return _Memory(
        impersonal=not source.subject,
        subject=content_stems(source.subject),
        chained="'s" in source.subject or "’s" in source.subject,
        stems=frozenset(s for text in source.words for s in content_stems(text)),
        counts=counts,
        values=values,
        places=frozenset(p for each in lower for p in _places(each, values, all_words=True)),
        helping=frozenset(word for each in lower for word in each) & _HELPING,
        denies=any(_denies(each) for each in lower),
    )


def _about(lower: Sequence[str], stems: frozenset[str], said: _Memory, *, asks: bool) -> bool:
    if said.impersonal:
        return bool(stems)
    if not said.subject:
        return bool(stems) and (asks or "you" in lower or not _POSSESSIVE.isdisjoint(lower))
    if asks and not said.values.isdisjoint(lower):
        return True  # "Who is Biscuit?"
    return said.subject <= stems if said.chained else not said.subject.isdisjoint(stems)


def _is_value(word: str, *, first: bool) -> bool:
    named = word[:1].isupper() and not first and word.lower() not in GRAMMAR_WORDS
    return named or any(c.isdigit() for c in word)


def _places(
    lower: Sequence[str], values: frozenset[str], *, all_words: bool
) -> Iterator[tuple[str, str]]:
    """(word before, word) of names, numbers and what is somebody's, or of all with meaning."""
    kept = [word for word in lower if word not in DETERMINERS - _POSSESSIVE]
    for before, word in zip(["", *kept], kept, strict=False):
        owned = before in _POSSESSIVE or before.endswith(("'s", "’s"))
        if word in values or owned or (all_words and word not in GRAMMAR_WORDS):
            yield _before(before), stem(word)


def _before(word: str) -> str:
    if word in _NAMING:
        return "is"
    return "my" if word in _POSSESSIVE else stem(word)


def _denies(lower: Sequence[str]) -> bool:
    return any(word in NEGATIONS or word.endswith(("n't", "n’t")) for word in lower)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
