"""A day of messages, read; and what a test looks at."""

from __future__ import annotations

from sleep.memory import Fact, Heard, Known, Reading
from sleep.recall import read


def day(*messages: str | tuple[str, str], known: tuple[Known, ...] = ()) -> Reading:
    """Reads messages of one conversation; a pair is (assistant's line before, message)."""
    heard = []
    for number, message in enumerate(messages, 1):
        before, text = message if isinstance(message, tuple) else (None, message)
        heard.append(Heard(number, text, before, 1, "2026-05-01T10:00:00Z"))
    return read(heard, model=None, known=known, seed=1)


def texts(reading: Reading) -> list[str]:
    return [fact.text for fact in reading.facts]


def fact(reading: Reading, text: str) -> Fact:
    return next(one for one in reading.facts if one.text == text)


def questions(one: Fact, split: str | None = None) -> list[str]:
    return [lesson.question for lesson in one.lessons if split in {None, lesson.split}]


def answers(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Every question of every fact with what its answer must hold."""
    return {one.question: one.expect for fact in reading.facts for one in fact.lessons}
