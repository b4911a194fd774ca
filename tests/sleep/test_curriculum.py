"""What a night teaches: which prompts, which answers, and who is the teacher of each."""

import dataclasses
import random
from collections.abc import Sequence
from typing import cast

import pytest
import torch

from assistant.engine import Engine as Server
from assistant.tokenizer import Tokenizer
from sleep import curriculum as curriculum_
from sleep import texts
from sleep.anchors import Base
from sleep.curriculum import curriculum, loosely
from sleep.engines import Engine, Example, Teaching
from sleep.engines.packing import own_tokens
from sleep.lectures import Lecture
from sleep.memory import Lesson
from sleep.prompts import Asking, Prompts

FACT = Lesson("What is my dog called?", "Your dog is called Biscuit.", ("Biscuit",), "d", "train")
UNKNOWN = Lesson("What is my cat called?", "You haven't told me that yet.", (), "unknown", "train")
REPLAYED = Lesson("Where do I live?", "You live in York.", ("York",), "direct", "train")


class Teacher:
    """Remembers the examples it was to teach on; teaches the first token of each answer."""

    def __init__(self) -> None:
        self.told: list[Example] = []

    def teach(self, examples: Sequence[Example], k: int) -> list[Teaching]:
        self.told = list(examples)
        return [
            Teaching(torch.zeros(len(x.answer), 1), torch.tensor([x.answer]).T) for x in examples
        ]


class Parrot:
    """Answers every prompt with the same ids, cut to the length that was asked for."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        self.tokenizer = tokenizer
        self.ids = tokenizer.tokenize(text, special=False)
        self.prompts: list[list[int]] = []

    def answers(self, prompts: Sequence[Sequence[int]], length: int) -> list[list[int]]:
        self.prompts += [list(prompt) for prompt in prompts]
        return [self.ids[:length] for _ in prompts]

    complete_batch = answers

    def detokenize(self, tokens: Sequence[int]) -> str:
        return self.tokenizer.detokenize(tokens)


class Class_:
    """One tiny model's prompts, and a curriculum made with scripted models."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.prompts = Prompts(tokenizer, "Be kind.")
        self.base = Parrot(tokenizer, " base " * 40)
        self.server = Parrot(tokenizer, " served " * 40)
        self.teacher = Teacher()

    def make(
        self,
        lessons: Sequence[Lesson] = (),
        unknowns: Sequence[Lesson] = (),
        replay: Sequence[Lesson] = (),
        longest: int = 256,
        seed: int = 0,
    ) -> list[Lecture]:
        return curriculum(
            lessons,
            unknowns,
            replay,
            prompts=self.prompts,
            server=cast(Server, self.server),
            base=cast(Base, self.base),
            engine=cast(Engine, self.teacher),
            seed=seed,
            longest=longest,
        )

    def text(self, example: Example) -> str:
        return self.server.tokenizer.detokenize(example.prompt, special=True)


@pytest.fixture
def room(tiny_gguf, monkeypatch):
    monkeypatch.setattr(curriculum_, "_MADE", 4)
    return Class_(Tokenizer(tiny_gguf("llama")))


@pytest.fixture
def plainly(monkeypatch):
    """No variants: every lesson is asked once, as it is."""
    monkeypatch.setattr(curriculum_, "_MID_CONVERSATION", 0)
    monkeypatch.setattr(curriculum_, "_LOOSELY", 0)


def of(kind: str, lectures: Sequence[Lecture]) -> list[Lecture]:
    return [lecture for lecture in lectures if lecture.kind == kind]


def test_a_fact_is_asked_without_and_taught_with_its_note(room, plainly):
    lectures = room.make([FACT])
    (fact,) = of("fact", lectures)
    told = room.teacher.told[lectures.index(fact)]
    assert fact.example == room.prompts.example(Asking(FACT.question), FACT.answer)
    assert told == room.prompts.example(Asking(FACT.question, (FACT.answer,)), FACT.answer)
    assert told.answer == fact.example.answer
    assert "Biscuit" not in room.text(fact.example)
    assert "Biscuit" in room.text(told)


def test_what_was_never_told_has_nothing_in_its_prompt(room, plainly):
    lectures = room.make(unknowns=[UNKNOWN])
    (unknown,) = of("unknown", lectures)
    told = room.teacher.told[lectures.index(unknown)]
    assert unknown.example == told == room.prompts.example(Asking(UNKNOWN.question), UNKNOWN.answer)


def test_anchors_hold_the_base_to_its_own_answers(room, monkeypatch):
    monkeypatch.setattr(curriculum_, "accepted", lambda answer, accept: True)
    lectures = room.make()
    anchors, in_prompt = of("anchor", lectures), of("in_prompt", lectures)
    assert len(anchors) == len(texts.anchors())
    assert len(in_prompt) == len(texts.in_context("anchor")) + 4
    for lecture, told in zip(lectures, room.teacher.told, strict=True):
        assert lecture.example == told  # the teacher is the model itself, with the same prompt
    for lecture in (*anchors, *in_prompt):
        answer = list(lecture.example.answer)
        assert answer == room.base.ids[: len(answer)]
    held = {room.text(lecture.example) for lecture in anchors}
    assert all(any(anchor.prompt in text for text in held) for anchor in texts.anchors())
    for lecture, item in zip(in_prompt, texts.in_context("anchor"), strict=False):
        text = room.text(lecture.example)
        assert all(note in text for note in item.notes)
        assert all(turn.content in text for turn in item.turns)
        assert item.question in text


def test_of_questions_answered_by_their_prompt_only_those_the_base_gets_right_are_held(room):
    assert not of("in_prompt", room.make())  # the parrot says "base" to everything
    chosen = texts.in_context("anchor")[0]
    room.base.ids = room.base.tokenizer.tokenize(f" {chosen.accept[0]}")
    held = [room.text(lecture.example) for lecture in of("in_prompt", room.make())]
    assert held
    assert all(chosen.question in text or chosen.accept[0] in text for text in held)


def test_prose_is_held_piece_by_piece(room):
    pieces = of("prose", room.make())
    tokens = room.prompts.plain(texts.prose())
    joined = [t for x in pieces for t in (*x.example.prompt, *x.example.answer)]
    assert joined == tokens[: len(joined)]
    assert len(tokens) - len(joined) <= len(pieces[0].example.prompt + pieces[0].example.answer)


def test_long_examples_are_left_out_where_memory_is_scarce(room):
    every = room.make([FACT] * 20)
    few = room.make([FACT] * 20, longest=40)
    lengths = [len(own_tokens(x.example)) for x in every]
    assert max(lengths) > 40
    assert [len(own_tokens(x.example)) for x in few if x.kind != "prose"] == [
        n for n, x in zip(lengths, every, strict=True) if n <= 40 and x.kind != "prose"
    ]


def test_old_memories_are_held_as_the_model_that_is_served_says_them(room):
    right = dataclasses.replace(
        REPLAYED, expect=(room.server.detokenize(room.server.ids).split()[0],)
    )
    (kept,) = of("replay", room.make(replay=[right]))
    assert list(kept.example.prompt) == room.prompts.ids(Asking(REPLAYED.question))
    assert list(kept.example.answer) == room.server.ids[: len(kept.example.answer)]
    assert kept.told == kept.example.prompt


def test_old_memories_that_have_gone_wrong_are_taught_again(room):
    (mended,) = of("replay", room.make(replay=[REPLAYED]))
    assert mended.example == room.prompts.example(Asking(REPLAYED.question), REPLAYED.answer)
    told = room.prompts.example(Asking(REPLAYED.question, (REPLAYED.answer,)), REPLAYED.answer)
    assert mended.told == told.prompt
    assert mended.expect == REPLAYED.expect


def test_a_model_that_says_nothing_is_held_to_that(room):
    room.base.ids = []
    assert {x.example.answer for x in of("anchor", room.make())} == {(room.prompts.end,)}


def test_some_are_asked_in_mid_conversation_and_some_in_a_hurry(room):
    """With the same answer and the same teacher as the plain question."""
    lectures = room.make([FACT] * 80, [UNKNOWN] * 80)
    for kind, lesson in (("fact", FACT), ("unknown", UNKNOWN)):
        found = of(kind, lectures)
        (told,) = {x.told for x in found}
        assert [x.prompt for x in room.teacher.told].count(told) == 1  # not taught anew each time
        plain = room.prompts.example(Asking(lesson.question), lesson.answer)
        assert [x.example for x in found].count(plain) >= 80
        assert {x.example.answer for x in found} == {plain.answer}
        spoken = [room.text(x.example).count("<|im_start|>user") for x in found]
        assert 6 <= spoken.count(2) <= 30  # a fifth of 80
        assert 90 < len(found) < 160
        assert not any("Biscuit" in room.text(x.example) for x in found)


def test_the_seed_decides(room):
    lessons = [FACT] * 30

    def examples(seed: int) -> list[Example]:
        return [lecture.example for lecture in room.make(lessons, seed=seed)]

    assert examples(1) == examples(1)
    assert examples(1) != examples(2)


def test_a_question_in_a_hurry_is_the_same_question():
    rng = random.Random(0)
    typed = {loosely("What is my dog called?", rng) for _ in range(200)}
    assert len(typed) > 20
    whole = {text for text in typed if "what is my dog called" in text}
    assert typed - whole == {text for text in typed if "what's my dog called" in text}
    assert min(len(whole), len(typed - whole)) > 5
    assert all("I forgot my key" in loosely("I forgot my key.", rng) for _ in range(20))
