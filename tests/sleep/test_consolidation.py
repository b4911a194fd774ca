"""Consolidation: answers in the teacher's words, and what a recipe without anchors lacks."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from assistant.engine import Engine as Server
from assistant.settings import SYSTEM_TEXT, Settings
from assistant.tokenizer import Tokenizer
from sleep.consolidation import in_teachers_words
from sleep.memory import Lesson
from sleep.prompts import Prompts
from sleep.recipes import recipe_of, without_anchors
from sleep.seeding import Recipe

DOG = Lesson("What is my dog called?", "Your dog is called Biscuit.", ("Biscuit",), "name", "train")


class Says:
    """A server that gives these answers, and remembers what it was asked."""

    def __init__(self, tokenizer: Tokenizer, *answers: str) -> None:
        self.tokenizer = tokenizer
        self.answers = answers
        self.asked: list[str] = []

    def as_server(self) -> Server:
        return cast(Server, self)

    def complete_batch(self, prompts: Sequence[Sequence[int]], _length: int) -> list[list[int]]:
        self.asked += [self.tokenizer.detokenize(ids) for ids in prompts]
        return [self.tokenizer.tokenize(text, special=False) for text in self.answers]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("He is called Biscuit.", "He is called Biscuit."),
        ("He is called Rex.", DOG.answer),  # wrong
        ("According to the note, he is called Biscuit.", DOG.answer),  # it will not be there
        ("Based on your memory it is Biscuit.", DOG.answer),
        ("", DOG.answer),
    ],
)
def test_answers_in_the_teachers_words(said, answer, tiny_gguf):
    gguf: Path = tiny_gguf("llama")
    tokenizer = Tokenizer(gguf)
    says = Says(tokenizer, said)
    (found,) = in_teachers_words([DOG], Prompts(tokenizer, SYSTEM_TEXT), says.as_server())
    assert found.answer == answer
    assert (found.question, found.expect, found.split) == (DOG.question, DOG.expect, "train")
    assert found.source == (DOG.answer if answer == said else ""), "the note stays the same"
    assert DOG.answer in says.asked[0]


def test_without_anchors_nothing_is_held():
    bare = without_anchors(Recipe())
    assert (bare.anchors, bare.in_prompt, bare.prose) == (0, 0, 0)
    assert (bare.facts, bare.unknowns) == (Recipe().facts, Recipe().unknowns)


def test_a_night_under_plain_settings_teaches_by_the_plain_recipe():
    assert recipe_of(Settings()) == Recipe()
