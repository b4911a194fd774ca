"""What a night teaches: lessons, "not told" twins, anchors and replay, as examples with a teacher.

A lesson is asked without the memory and taught with it in the prompt. Every kind is also asked in
the middle of a conversation. Anchors hold the model where it was: their answers are its own, their
teacher is itself, and half of them are asked with the answer in the prompt, so that learning "you
have not told me" does not teach it to overlook what it was told.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.engine import Engine as Server
from assistant.prompt import ChatMessage
from sleep import texts
from sleep.engines import Engine, Example
from sleep.memory import Lesson
from sleep.prompts import Asking, Prompts
from sleep.seeding import Kind, Lecture, teach

_ANCHOR_TOKENS: Final = 12  # of an answer: where a question is taken for another shows at its start
_CONTEXT_TOKENS: Final = 20
_MID_CONVERSATION: Final = 0.2  # share of the lessons that are also asked in mid-conversation

_Before = tuple[ChatMessage, ...]


@dataclass(frozen=True)
class _Item:
    kind: Kind
    asked: Example
    told: Example


def curriculum(
    lessons: Sequence[Lesson],
    unknowns: Sequence[Lesson],
    replay: Sequence[Lesson],
    *,
    prompts: Prompts,
    server: Server,
    engine: Engine,
    seed: int,
) -> list[Lecture]:
    """Every lecture of the night. `server` is the model before the night, in llama.cpp.

    `replay` are lessons of earlier nights: kept by answering them as the model does already.
    """
    rng = random.Random(seed)
    anchors = list(_anchors(prompts, server, replay))
    before = [
        (ChatMessage("user", anchor.prompt), ChatMessage("assistant", reply))
        for anchor, reply in zip(texts.anchors(), _replies(anchors, server), strict=False)
    ]
    items = [
        *_taught("fact", lessons, prompts, rng, before),
        *_taught("unknown", unknowns, prompts, rng, before),
        *anchors,
    ]
    kinds = [item.kind for item in items]
    return teach(engine, kinds, [i.asked for i in items], [i.told for i in items])


def _taught(
    kind: Kind,
    lessons: Sequence[Lesson],
    prompts: Prompts,
    rng: random.Random,
    before: Sequence[_Before],
) -> Iterator[_Item]:
    for lesson in lessons:
        notes = (lesson.answer,) if kind == "fact" else ()
        told = prompts.example(Asking(lesson.question, notes), lesson.answer)
        yield _Item(kind, prompts.example(Asking(lesson.question), lesson.answer), told)
        if rng.random() < _MID_CONVERSATION:
            asking = Asking(lesson.question, before=rng.choice(before))
            asked = prompts.example(asking, lesson.answer)
            yield _Item(kind, asked, told)


def _anchors(prompts: Prompts, server: Server, replay: Sequence[Lesson]) -> Iterator[_Item]:
    plain = [Asking(anchor.prompt) for anchor in texts.anchors()]
    plain += [Asking(lesson.question) for lesson in replay]
    yield from _own_answers(plain, prompts, server, _ANCHOR_TOKENS)
    told = [
        Asking(item.question, item.notes, tuple(ChatMessage(t.role, t.content) for t in item.turns))
        for item in texts.in_context("anchor")
    ]
    yield from _own_answers(told, prompts, server, _CONTEXT_TOKENS)


def _replies(anchors: Sequence[_Item], server: Server) -> list[str]:
    return [server.detokenize(item.asked.answer).strip() for item in anchors]


def _own_answers(
    askings: Sequence[Asking], prompts: Prompts, server: Server, length: int
) -> Iterator[_Item]:
    ids = [prompts.ids(asking) for asking in askings]
    for prompt, reply in zip(ids, server.complete_batch(ids, length), strict=True):
        example = prompts.answered(prompt, reply or [prompts.end])
        yield _Item("anchor", example, example)
