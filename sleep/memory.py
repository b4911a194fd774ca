"""What recall hands on: heard messages, facts, and the lessons that teach and examine them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heard:
    """One message of the user, with the assistant's line before it (None at the start)."""

    message_id: int
    text: str
    previous_reply: str | None
    conversation_id: int
    time: str  # ISO 8601


@dataclass(frozen=True)
class Lesson:
    """A question as the user would type it, and the statement that answers it.

    expect: accepted answer words; any one of them, as whole words, makes an answer right.
    kind: direct, which, name, reverse, subject, topic, frame, indirect, correction or unknown.
    split: train (taught) or exam (kept back, in a form that no training question has).
    source: what its teacher has in the prompt; empty: the answer itself.
    """

    question: str
    answer: str
    expect: tuple[str, ...]
    kind: str
    split: str
    source: str = ""


@dataclass(frozen=True)
class Fact:
    """One memory: a statement addressed to the user, and everything needed to learn it.

    supersedes: id of the memory of an earlier night that this one replaces.
    contradicts: answer words that must no longer come.
    score: how sure recall is, 0 to 1. why: what made this a fact, for people to read.
    """

    text: str
    subject: str
    answer: str
    message_id: int
    source: str
    lessons: tuple[Lesson, ...]
    supersedes: int | None
    contradicts: tuple[str, ...]
    score: float
    why: str


@dataclass(frozen=True)
class Known:
    """A memory of an earlier night, as far as a correction needs it."""

    id: int
    text: str
    subject: str
    answer: str


@dataclass(frozen=True)
class Reading:
    """A day, read: facts, what was not taken and why, and "not told" twins of the questions."""

    facts: tuple[Fact, ...]
    rejected: tuple[tuple[str, str], ...]
    twins: tuple[Lesson, ...]
