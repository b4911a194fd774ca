"""Which wordings of a frame fit a telling: what is over, dated, weekly or had on a day."""

from __future__ import annotations

import re

from sleep.recall.measures import is_when, time_kind
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.telling import Telling

_OVER = re.compile(
    r"\bnow\b|since the move|\b(?:did|was|were) (?:MY|S)\b|\bAM S married\b|\bS been married\b"
)
_ONCE = re.compile(r"\b(?:date|calendar|soon|planned|reserved|exactly|time for)\b")
_DATED = re.compile(r"\b(?:day|date|calendar|month|year)\b")
_CLOCK = re.compile(r"\bwhat time\b")
_OWNING = re.compile(r"\b(?:own|owner|belongs|possession)\b")


def suited(
    asks: tuple[str, ...], told: Telling, phrase: NounPhrase, preposition: str
) -> tuple[str, ...]:
    """The templates of `asks` that ask well for this phrase of the telling."""
    against: list[re.Pattern[str]] = []
    kind = time_kind(phrase, preposition)
    if kind:
        against.append(_DATED if kind == "clock" else _CLOCK)
    if phrase.head.endswith("days"):
        against.append(_ONCE)
    if _under_way(told):
        against.append(_OVER)
    if told.lemma == "have" and _dated(told):
        against.append(_OWNING)
    return tuple(one for one in asks if not any(pattern.search(one) for pattern in against))


def _dated(told: Telling) -> bool:
    """ "I have my driving test on 3 May": nothing that one owns."""
    before = ("", *(chunk.head for chunk in told.chunks))
    return any(
        head in {"on", "in", "at"} and chunk.phrase is not None and is_when(chunk.phrase, head)
        for head, chunk in zip(before, told.chunks, strict=False)
    )


def _under_way(told: Telling) -> bool:
    """ "is getting married": still to come, so that nobody asks when it was."""
    return told.helped and told.finite in {"am", "is", "are"} and told.main.endswith("ing")
