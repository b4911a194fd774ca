"""A possible fact before it is checked, and the day it is found in."""

from __future__ import annotations

from dataclasses import dataclass, field

from sleep.memory import Heard, Known
from sleep.recall.asking import Ask
from sleep.recall.references import References
from sleep.recall.syntax import Clause
from sleep.recall.telling import Telling


@dataclass(frozen=True)
class Candidate:
    """A statement with its questions.

    owner: whose fact it is, in the user's words ("I", "my sister").
    topic: what "What did I tell you about ..." would name.
    sentence: where it was said. denied: words of ", not X".
    known: the memory it stands for, when it is one of an earlier night.
    """

    text: str
    owner: str
    answer: tuple[str, ...]
    asks: tuple[Ask, ...]
    topic: str
    heard: Heard
    sentence: str
    why: str
    score: float
    told: Telling | None = None
    naming: bool = False
    denied: tuple[str, ...] = ()
    known: Known | None = None


@dataclass
class Day:
    """What is found while a day is read.

    renamed: old name or date -> the new one, from corrections. moved: new date -> the message that
    gave it. last: the last clause of the message so far.
    """

    rejected: list[tuple[str, str]] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    references: References = field(default_factory=References)
    renamed: dict[str, str] = field(default_factory=dict)
    moved: dict[str, Heard] = field(default_factory=dict)
    last: Clause | None = None
