"""What the benchmarks teach and ask: passages, facts of an invented life, small tasks, intents."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from assistant.errors import UsageError_
from sleep.memory import Heard, Lesson
from sleep.recall import read

PASSAGES: Final = "squad_passages.json"
_AMBIGUOUS: Final = ("subject", "reverse")  # two of an invented family may live in one town


@dataclass(frozen=True)
class Ask:
    """An exam question and its gold answer."""

    question: str
    gold: str


@dataclass(frozen=True)
class Day:
    """What one night learns, and what is asked about it ever after.

    texts: as they were said or read. lessons: questions and answers for the arms that learn from
    such; empty where the learner makes them of the texts. unknowns: what was not told.
    """

    name: str
    texts: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    unknowns: tuple[Lesson, ...]
    asks: tuple[Ask, ...]


class _Question(msgspec.Struct):
    question: str
    answer: str


class _Passage(msgspec.Struct):
    title: str
    context: str
    questions: list[_Question]


def passages(folder: Path, count: int) -> list[Day]:
    """The first passages of the SQuAD file in `folder`, one a night."""
    path = folder / PASSAGES
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[_Passage])
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError_(
            f"The passages cannot be read: {error}", f"--data names the folder of {PASSAGES}."
        ) from error
    return [
        Day(
            each.title,
            (each.context,),
            (),
            (),
            tuple(Ask(q.question, q.answer) for q in each.questions),
        )
        for each in found[:count]
    ]


def life(nights: int, per_night: int, seed: int = 0, told: Sequence[str] = ()) -> list[Day]:
    """An invented life, so many facts a night, read as the app reads what is said.

    told: what the same life has said before; of what that speaks of, nothing is said anew.
    """
    before = " ".join(told).lower()
    every = _sayings(random.Random(seed))
    said = (text for text in every if _subject(text) not in before)
    days = []
    for night in range(1, nights + 1):
        facts: list[Any] = []
        twins: list[Lesson] = []
        texts: list[str] = []
        while len(facts) < per_night:
            text = next(said, None)
            if text is None:
                raise UsageError_("The invented life is not that long", "Ask for fewer nights.")
            heard = [Heard(1, text, None, night, "2026-01-01T00:00:00Z")]
            reading = read(heard, model=None, known=(), seed=seed)
            asked = [f for f in reading.facts if any(x.split == "exam" for x in f.lessons)]
            facts += asked[:1]
            twins += reading.twins
            texts += [text] if asked else []
        lessons = tuple(x for fact in facts for x in fact.lessons if x.split == "train")
        asks = tuple(
            Ask(x.question, x.expect[0])
            for fact in facts
            for x in fact.lessons
            if x.split == "exam" and x.expect and x.kind not in _AMBIGUOUS
        )
        unknown = tuple(x for x in twins if x.split == "train")
        days.append(Day(f"night {night}", tuple(texts), lessons, unknown, asks))
    return _unambiguous(days)


def _unambiguous(days: Sequence[Day]) -> list[Day]:
    """Without questions that fit several of the life's people: "Who shares my flat?"."""
    answers: dict[str, set[str]] = {}
    for at, day in enumerate(days):
        for lesson in day.lessons:
            answers.setdefault(lesson.question, set()).add(lesson.answer)
        for ask in day.asks:
            answers.setdefault(ask.question, set()).add(f"{ask.gold} of day {at}")
    return [
        replace(
            day,
            lessons=tuple(x for x in day.lessons if len(answers[x.question]) == 1),
            asks=tuple(x for x in day.asks if len(answers[x.question]) == 1),
        )
        for day in days
    ]


def tasks(count: int) -> list[Day]:
    """Few-shot tasks: a rule shown by a few pairs, asked for others."""
    return [_task(name, pairs) for name, pairs in list(_written()["tasks"].items())[:count]]


def intents(nights: int) -> list[Day]:
    """Intent classes, one a night, after CLINC (Larson et al., arXiv 1909.02027): which is it?"""
    return [_intent(name, texts) for name, texts in list(_written()["intents"].items())[:nights]]


def _written() -> Any:
    return msgspec.json.decode(files(__package__ or "").joinpath("tasks.json").read_bytes())


def _task(name: str, pairs: Sequence[Sequence[str]]) -> Day:
    shown, asked = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
    text = " ".join(f"{x} -> {y}." for x, y in shown)
    lessons = tuple(_lesson(f"{x} -> ?", y, text) for x, y in shown)
    return Day(name, (text,), lessons, (), tuple(Ask(f"{x} -> ?", y) for x, y in asked))


def _intent(name: str, texts: Sequence[str]) -> Day:
    shown, asked = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    form = 'What kind of request is "{}"?'
    said = tuple(f'"{text}" is a request of the kind {name}.' for text in shown)
    lessons = tuple(_lesson(form.format(text), name, "") for text in shown)
    return Day(name, said, lessons, (), tuple(Ask(form.format(text), name) for text in asked))


def _lesson(question: str, answer: str, source: str) -> Lesson:
    return Lesson(question, answer, (answer,), "direct", "train", source)


def _subject(saying: str) -> str:
    """ "sister" of "My sister lives in Oslo.", "film" of "My favourite film is Alien."."""
    words = saying.split()
    return words[2] if words[1] == "favourite" else words[1]


def _sayings(rng: random.Random) -> Iterator[str]:
    """Statements of somebody who never contradicts themselves."""
    slots = _written()["life"]
    names, cities, jobs = (rng.sample(slots[k], len(slots[k])) for k in ("names", "cities", "jobs"))
    people = rng.sample(slots["people"], len(slots["people"]))
    found = []
    for at, person in enumerate(people):
        name, city, job = (words[at % len(words)] for words in (names, cities, jobs))
        found += [
            f"My {person} is called {name}.",
            f"My {person} lives in {city}.",
            f"My {person} works as {job}.",
        ]
    found += [f"My favourite {thing} is {rng.choice(of)}." for thing, of in slots["favourites"]]
    rng.shuffle(found)
    return iter(found)
