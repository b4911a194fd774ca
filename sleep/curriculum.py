"""What a night teaches: lessons, "not told" twins, anchors and replay, as examples with a teacher.

A lesson is asked without the memory and taught with it in the prompt. Every kind is also asked in
the middle of a conversation. Anchors hold the model where it was: their answers are its own, their
teacher is itself, and half of them are asked with the answer in the prompt, so that learning "you
have not told me" does not teach it to overlook what it was told.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.engine import Engine as Server
from assistant.prompt import ChatMessage
from sleep import texts
from sleep.anchors import Base
from sleep.engines import Engine, Example
from sleep.engines.packing import own_tokens
from sleep.grading import accepted
from sleep.lectures import Gates, Kind, Lecture, teach
from sleep.memory import Lesson
from sleep.prompts import Asking, Prompts

_SHORT: Final = "fact"  # anchors of this kind: that a question is mistaken shows at once
_SHORT_TOKENS: Final = 10
_LONG_TOKENS: Final = 24
_PIECE: Final = 40  # tokens of prose at a time, of which the first few only lead in
_LEAD: Final = 8
_MADE: Final = 136  # questions answered by their prompt, beside the written ones
_MID_CONVERSATION: Final = 0.2  # share of the lessons that are also asked in mid-conversation
_WITH_NOTE: Final = 0.15  # and with the memory in the prompt, where it must not be overlooked
_LOOSELY: Final = 0.35  # and typed the way people type
_SHORTENED: Final = 0.5
_IS: Final = re.compile(r"\b(what|who|where|when|how) is\b", re.IGNORECASE)
_OPENINGS: Final = ("hey, ", "Quick question: ", "btw ", "So, ", "One more thing: ", "Please, ", "")
_CLOSINGS: Final = ("", " please", ", do you know?", " again?", "??", "")

_Before = tuple[ChatMessage, ...]


@dataclass(frozen=True)
class _Item:
    kind: Kind
    asked: Example
    told: Example
    expect: tuple[str, ...] = ()


def curriculum(
    lessons: Sequence[Lesson],
    unknowns: Sequence[Lesson],
    replay: Sequence[Lesson],
    *,
    prompts: Prompts,
    server: Server,
    base: Base,
    engine: Engine,
    seed: int,
    gates: Gates | None = None,
    longest: int = 256,
) -> list[Lecture]:
    """Every lecture of the night. `server` is the model before the night, in llama.cpp.

    `replay` are lessons of earlier nights: kept by answering them as the model does already, and
    mended where it does not. With `gates` the teacher knows the lessons by experts, not by a prompt
    (see `sleep.lectures`). Examples of more than `longest` tokens beside the shared prefix are left
    out.
    """
    rng = random.Random(seed)
    anchors = list(_anchors(prompts, base))
    before = _exchanges(anchors, server)
    every = [
        *_taught("fact", lessons, prompts, rng, before),
        *_taught("unknown", unknowns, prompts, rng, before),
        *anchors,
        *_in_prompt(prompts, server, base),
        *_prose(prompts, min(_PIECE, longest)),
        *_replayed(replay, prompts, server),
    ]
    items = [item for item in every if len(own_tokens(item.asked)) <= longest]
    kinds = [item.kind for item in items]
    found = teach(engine, kinds, [i.asked for i in items], [i.told for i in items], gates)
    for lecture, item in zip(found, items, strict=True):
        lecture.expect = item.expect
    return found


def _taught(
    kind: Kind,
    lessons: Sequence[Lesson],
    prompts: Prompts,
    rng: random.Random,
    before: Sequence[_Before],
) -> Iterator[_Item]:
    for lesson in lessons:
        notes = (lesson.source or lesson.answer,) if kind == "fact" else ()
        told = prompts.example(Asking(lesson.question, notes), lesson.answer)
        asked = prompts.example(Asking(lesson.question), lesson.answer)
        yield _Item(kind, asked, told, lesson.expect)
        if rng.random() < _MID_CONVERSATION:
            asking = Asking(lesson.question, before=rng.choice(before))
            yield _Item(kind, prompts.example(asking, lesson.answer), told, lesson.expect)
        if notes and rng.random() < _WITH_NOTE:
            yield _Item("in_prompt", told, told)
        if rng.random() < _LOOSELY:
            asking = Asking(loosely(lesson.question, rng))
            yield _Item(kind, prompts.example(asking, lesson.answer), told, lesson.expect)


def loosely(question: str, rng: random.Random) -> str:
    """A question as it may be typed in a hurry: words around it, "what's", no capital or mark."""
    bare = question.rstrip("?. ")
    if rng.random() < _SHORTENED:
        bare = _IS.sub(r"\1's", bare)
    words = bare[:1].lower() + bare[1:] if not bare.startswith("I ") else bare
    return rng.choice(_OPENINGS) + words + rng.choice(_CLOSINGS)


def _anchors(prompts: Prompts, base: Base) -> Iterator[_Item]:
    """Ordinary prompts, with short answers and with long ones."""
    for short, length in ((True, _SHORT_TOKENS), (False, _LONG_TOKENS)):
        chosen = [anchor for anchor in texts.anchors() if (anchor.kind == _SHORT) is short]
        ids = [prompts.ids(Asking(anchor.prompt)) for anchor in chosen]
        yield from _held("anchor", ids, prompts, base.answers, length)


def ordinary(prompts: Prompts, base: Base) -> list[Example]:
    """Ordinary prompts with the untouched base's answers."""
    return [item.asked for item in _anchors(prompts, base)]


def _in_prompt(prompts: Prompts, server: Server, base: Base) -> Iterator[_Item]:
    """Questions answered by their prompt, of those that the base gets right."""
    every = (*texts.in_context("anchor"), *texts.in_context_made(_MADE))
    askings = [
        Asking(item.question, item.notes, tuple(ChatMessage(t.role, t.content) for t in item.turns))
        for item in every
    ]
    ids = [prompts.ids(asking) for asking in askings]
    held = _held("in_prompt", ids, prompts, base.answers, _LONG_TOKENS)
    for item, told in zip(held, every, strict=True):
        if accepted(server.detokenize(item.asked.answer), told.accept):
            yield item


def _prose(prompts: Prompts, size: int) -> Iterator[_Item]:
    """Plain text as it comes, in pieces of so many tokens."""
    tokens = prompts.plain(texts.prose())
    for start in range(0, len(tokens) - size, size):
        piece = tokens[start : start + size]
        example = prompts.answered(piece[:_LEAD], piece[_LEAD:])
        yield _Item("prose", example, example)


def _replayed(replay: Sequence[Lesson], prompts: Prompts, server: Server) -> Iterator[_Item]:
    """Older memories in the model's own words; where those have gone wrong, as they were taught."""
    ids = [prompts.ids(Asking(lesson.question)) for lesson in replay]
    own = _held("replay", ids, prompts, server.complete_batch, _LONG_TOKENS)
    for lesson, item in zip(replay, own, strict=True):
        if accepted(server.detokenize(item.asked.answer), lesson.expect):
            yield item
        else:
            note = (lesson.source or lesson.answer,)
            told = prompts.example(Asking(lesson.question, note), lesson.answer)
            asked = prompts.example(Asking(lesson.question), lesson.answer)
            yield _Item("replay", asked, told, lesson.expect)


def _held(
    kind: Kind,
    ids: Sequence[list[int]],
    prompts: Prompts,
    answer: Callable[[Sequence[list[int]], int], list[list[int]]],
    length: int,
) -> Iterator[_Item]:
    for prompt, reply in zip(ids, answer(ids, length), strict=True):
        example = prompts.answered(prompt, reply or [prompts.end])
        yield _Item(kind, example, example)


def _exchanges(anchors: Sequence[_Item], server: Server) -> list[_Before]:
    """What may come before a question: ordinary prompts with the start of their answers."""
    asked = sorted(texts.anchors(), key=lambda anchor: anchor.kind != _SHORT)
    return [
        (
            ChatMessage("user", anchor.prompt),
            ChatMessage("assistant", server.detokenize(item.asked.answer).strip()),
        )
        for anchor, item in zip(asked, anchors, strict=False)
    ]
