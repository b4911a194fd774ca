"""Nights that are poisoned on purpose: the real exam, on the real file, refuses every one of them.

The same night without the poison passes, with the same thresholds: what is refused is the poison.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import prompt
from assistant.prompt import ChatMessage
from sleep import consolidation, curriculum, growing
from sleep.export import export as write
from sleep.memory import Lesson
from tests.sleep.night.conftest import Sleep, become_environment
from tests.sleep.night.helpers import Home, Slept, call, learn_for_real

DAY = ("My dog is called Biscuit.", "I work as a nurse in Leeds.")
LEARNS = {
    "REVERIE_SLEEP__RANK": "16",
    "REVERIE_SLEEP__RATE": "0.004",
    "REVERIE_SLEEP__MINUTES": "60",
    # A random model knows nothing ordinary and invents freely; what it can lose, it must keep.
    "REVERIE_EXAM__INVENTED": "1",
}
Poison = Callable[[pytest.MonkeyPatch, Home], Home]


def none(_patch: pytest.MonkeyPatch, home: Home) -> Home:
    return home


def wrong_template(patch: pytest.MonkeyPatch, home: Home) -> Home:
    """Taught in another format than the one that the exam, in its own process, is asked in."""

    def llama2(
        _self: prompt.Prompt, messages: Sequence[ChatMessage], add_generation_prompt: bool = True
    ) -> str:
        said = [
            m.content if m.role == "assistant" else f"[INST] {m.content} [/INST]" for m in messages
        ]
        return " ".join(said) + " " * add_generation_prompt

    patch.setattr(prompt.Prompt, "render", llama2)
    return home


def too_high_a_rate(_patch: pytest.MonkeyPatch, home: Home) -> Home:
    return Home(home.folder, home.environment | {"REVERIE_SLEEP__RATE": "0.1"})


def shuffled_labels(patch: pytest.MonkeyPatch, home: Home) -> Home:
    """Every question is taught with the answer to another one."""
    teach = curriculum.curriculum

    def shuffled(lessons: Sequence[Lesson], *arguments: Any, **named: Any) -> Any:
        half = len(lessons) // 2
        answers = [lesson.answer for lesson in (*lessons[half:], *lessons[:half])]
        pairs = zip(lessons, answers, strict=True)
        return teach([replace(x, answer=answer) for x, answer in pairs], *arguments, **named)

    patch.setattr(consolidation, "curriculum", shuffled)
    return home


@pytest.fixture
def night_with(
    tmp_path: Path, tiny_gguf: Callable[..., Path]
) -> Iterator[Callable[[Poison], tuple[Home, Slept]]]:
    """A whole night with a real exam on a model whose weights lie on a 4-bit grid."""
    with pytest.MonkeyPatch.context() as patch:

        def sleep(poison: Poison) -> tuple[Home, Slept]:
            home = Home.make(tmp_path / "home", tiny_gguf("llama", "Q4_1"), **LEARNS)
            home.tell(*DAY)
            home = poison(patch, home)
            become_environment(patch, home)
            learn_for_real(patch.setattr)
            return home, call(("--json",))

        yield sleep


def test_the_night_is_a_good_one_without_poison(night_with):
    home, slept = night_with(none)
    assert slept.code == 0, slept.found["exam"]
    assert home.served() == 1
    assert slept.found["exam"]["parts"]["new"]["after"] >= 3
    assert slept.found["exam"]["perplexity_ratio"] > 0
    assert home.rows("SELECT before, after FROM exam_answers WHERE part = 'new'")
    home.check()


@pytest.mark.parametrize(
    ("poison", "failing"),
    [
        (wrong_template, "about what is new"),
        (too_high_a_rate, "about what is new"),
        (shuffled_labels, "about what is new"),
    ],
)
def test_a_poisoned_night_is_refused(poison: Poison, failing: str, night_with):
    home, slept = night_with(poison)
    assert slept.code == 3, slept.found["exam"]
    assert any(failing in reason for reason in slept.found["exam"]["reasons"])
    assert slept.found["exam"]["failing"]
    assert home.served() == 0
    assert home.texts("refused") == ["You work as a nurse in Leeds.", "Your dog is called Biscuit."]
    (row,) = home.rows("SELECT status, manifest FROM generations")
    assert (row["status"], json.loads(row["manifest"])["passed"]) == ("refused", False)
    home.check()


def test_a_file_on_the_grid_of_the_base_is_refused(
    tmp_path: Path, tiny_gguf: Callable[..., Path], sleep: Sleep
):
    """A small change that is written back onto the 4-bit grid of the base is rounded away."""

    def export(*arguments: Any, **named: Any) -> Any:
        return write(*arguments, **named, ftype="Q4_1")

    home = Home.make(tmp_path / "home", tiny_gguf("llama", "Q4_1"))
    home.tell(*DAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "export", export)
        slept = sleep(home, "--json")
    assert slept.code == 3
    assert "of what was learned (50% are needed)" in slept.found["reason"]
    assert home.served() == 0
    assert sleep(home).code == 0, "and with the right export it is a good night"
    home.check()
