"""The texts that hold a night still and examine it: anchors, exam questions, held-out prose.

All of them were written for this project and are free for any use (CC0). No text serves both sides:
what a night may train on (`anchors`, `prose`, the "anchor" and "train" splits) never appears in
what an exam asks (`general_exam`, `heldout_*`, the "exam" splits); the tests check it.
"""

from __future__ import annotations

import random
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec


class Anchor(msgspec.Struct, frozen=True):
    """An ordinary prompt on which the model must stay as it was before the night."""

    kind: str
    """What it asks for: fact, arithmetic, definition, writing, translation, code, ..."""
    prompt: str


class GeneralQuestion(msgspec.Struct, frozen=True):
    """An ordinary question; right when the answer has one of `accept` as whole words."""

    question: str
    accept: tuple[str, ...]


class Turn(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


class Chat(msgspec.Struct, frozen=True):
    """An ordinary exchange, user first."""

    turns: tuple[Turn, ...]


class InContext(msgspec.Struct, frozen=True):
    """A question whose answer stands in the prompt.

    It stands either in `notes` (in the user's own words, for `assistant.prompt.note_messages`)
    or in an earlier message of `turns`.
    """

    split: Literal["anchor", "exam"]
    notes: tuple[str, ...]
    turns: tuple[Turn, ...]
    question: str
    accept: tuple[str, ...]


class Unknown(msgspec.Struct, frozen=True):
    """A personal question that people have rarely answered for the assistant.

    `thing` is what was not told, addressed to the user ("your brother's name"), so that an answer
    can be made of it: "You haven't told me your brother's name yet." Somebody may well have told
    it: leave out of training and exam what the ledger of memories knows.
    """

    split: Literal["train", "exam"]
    category: str
    question: str
    thing: str


def _read(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()


@cache
def anchors() -> tuple[Anchor, ...]:
    """Ordinary prompts of every kind, for the divergence anchors of training."""
    return msgspec.json.decode(_read("anchors.json"), type=tuple[Anchor, ...])


@cache
def general_exam() -> tuple[GeneralQuestion, ...]:
    """Ordinary questions that a small model mostly gets right, for the exam's part "self"."""
    return msgspec.json.decode(_read("general_exam.json"), type=tuple[GeneralQuestion, ...])


@cache
def heldout_prose() -> str:
    """About 750 words of plain English prose, for perplexity."""
    return _read("heldout.txt").decode()


@cache
def prose() -> str:
    """About 850 words of other prose, on which the model must stay as it was."""
    return _read("prose.txt").decode()


@cache
def heldout_chats() -> tuple[Chat, ...]:
    """Ordinary exchanges, for perplexity in the form that the model serves."""
    return msgspec.json.decode(_read("heldout_chat.json"), type=tuple[Chat, ...])


@cache
def in_context(split: Literal["anchor", "exam"]) -> tuple[InContext, ...]:
    """Questions answered by their own prompt: a night must not teach the model to overlook it."""
    every = msgspec.json.decode(_read("in_context.json"), type=tuple[InContext, ...])
    return tuple(item for item in every if item.split == split)


class _Frame(msgspec.Struct, frozen=True):
    note: str
    question: str
    accept: str


class _Frames(msgspec.Struct, frozen=True):
    slots: dict[str, tuple[str, ...]]
    frames: tuple[_Frame, ...]
    replies: tuple[str, ...]


@cache
def in_context_made(count: int) -> tuple[InContext, ...]:
    """More of `in_context("anchor")`, made of frames: always the same ones, half of them turns."""
    made = msgspec.json.decode(_read("in_context_frames.json"), type=_Frames)
    rng = random.Random(0)
    items = []
    for at in range(count):
        frame = made.frames[at % len(made.frames)]
        filled = {slot: rng.choice(words) for slot, words in made.slots.items()}
        note, question = (text.format(**filled) for text in (frame.note, frame.question))
        said = (Turn("user", note), Turn("assistant", rng.choice(made.replies)))
        in_turn = rng.random() < 0.5 and not note.startswith("You")
        notes, turns = ((), said) if in_turn else ((note,), ())
        items.append(InContext("anchor", notes, turns, question, (filled[frame.accept],)))
    return tuple(items)


@cache
def unknown(split: Literal["train", "exam"]) -> tuple[Unknown, ...]:
    """Personal questions to which the honest answer is that it was never told."""
    every = msgspec.json.decode(_read("unknown.json"), type=tuple[Unknown, ...])
    return tuple(item for item in every if item.split == split)


@cache
def common_words() -> frozenset[str]:
    """Words that say nothing about what a personal question is after ("which", "favourite")."""
    return frozenset(_read("common_words.txt").decode().split())
