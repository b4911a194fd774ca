"""Chat histories with gold facts, as nights of a benchmark: what was said, asked in other words.

A folder holds pairs of files: `*_dialogues.json`, {person: {history: {date: [{query, response}]}}},
and `*_gold.json`, {person: {facts: [{date, message, questions, answers}]}}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from assistant.errors import UsageError_
from sleep.bench.data import Ask, Day
from sleep.memory import Fact, Heard, Known
from sleep.recall import read

_T = TypeVar("_T")


class _Turn(msgspec.Struct):
    query: str
    response: str


class _Person(msgspec.Struct):
    history: dict[str, list[_Turn]]


class _Fact(msgspec.Struct):
    date: str
    message: str
    questions: list[str]
    answers: list[str]


class _Gold(msgspec.Struct):
    facts: list[_Fact]


def history(folder: Path, nights: int, per_night: int) -> list[Day]:
    """The first person's dates, joined into nights of at least so many remembered facts.

    What is asked are the gold questions of every gold fact, also of those that recall missed, but
    for questions that are among the lessons. Without histories in the folder: no nights.
    """
    path = min(folder.glob("*_dialogues.json"), default=None)
    if path is None:
        return []
    people = _decoded(path, dict[str, _Person])
    gold = _decoded(path.with_name(path.name.replace("_dialogues", "_gold")), dict[str, _Gold])
    person = next(iter(people))
    return list(islice(_nights(people[person], gold[person], per_night), nights))


def _decoded(path: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError_(
            f"The chat history cannot be read: {error}",
            "See sleep/bench/histories.py for its form.",
        ) from error


def _nights(person: _Person, gold: _Gold, per_night: int) -> Iterator[Day]:
    known: list[Fact] = []
    dates: list[str] = []
    for date in person.history:
        dates.append(date)
        heard = _heard(person, dates)
        held = [Known(i, f.text, f.subject, f.answer) for i, f in enumerate(known)]
        reading = read(heard, model=None, known=held, seed=0)
        if len(reading.facts) < per_night and date != list(person.history)[-1]:
            continue
        lessons = tuple(x for f in reading.facts for x in f.lessons if x.split == "train")
        taught = {x.question.lower() for x in lessons}
        asks = tuple(
            Ask(question, fact.answers[0])
            for fact in gold.facts
            if fact.date in dates
            for question in fact.questions
            if question.lower() not in taught
        )
        unknowns = tuple(x for x in reading.twins if x.split == "train")
        yield Day(" and ".join(dates), tuple(m.text for m in heard), lessons, unknowns, asks)
        known += reading.facts
        dates = []


def _heard(person: _Person, dates: Sequence[str]) -> list[Heard]:
    found: list[Heard] = []
    for number, date in enumerate(dates):
        before = None
        for turn in person.history[date]:
            found.append(Heard(len(found) + 1, turn.query, before, number, f"{date}T12:00:00Z"))
            before = turn.response
    return found
