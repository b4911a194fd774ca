"""Seeding that was cut off goes on where it was, and ends as if it had never been cut off."""

import random
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import torch

from sleep.bookmark import Bookmark
from sleep.lectures import Kind, Lecture
from sleep.seeding import Progress, Recipe, seed
from tests.sleep.test_seeding import Toy, lecture

RECIPE = Recipe(facts=2, unknowns=1, anchors=1, in_prompt=0, prose=0, rate=0.05)
CUT = 13
"""Steps after which the night is stopped."""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sleep.seeding.FRESH", 4)


class Stop(Exception):
    """Somebody came back."""


KINDS: tuple[Kind, ...] = ("fact", "fact", "fact", "fact", "unknown", "anchor")


def lectures() -> list[Lecture]:
    return [lecture(n, kind, answer=(5, n % 9)) for n, kind in enumerate(KINDS)]


def night(mark: Bookmark | None, cut: int | None = None) -> tuple[torch.Tensor, list[int]]:
    """Seed from the beginning or from the mark; the model, and the steps that were taken."""
    taught = lectures()
    toy = Toy(taught)
    steps: list[int] = []

    def watch(progress: Progress) -> None:
        steps.append(progress.step)
        if progress.step == cut:
            raise Stop

    with suppress(Stop):
        seed(toy.as_engine(), taught, RECIPE, progress=watch, bookmark=mark)
    return toy.table.detach(), steps


def test_it_ends_the_same(tmp_path: Path):
    straight, steps = night(None)
    mark = Bookmark(tmp_path / "mark.safetensors", RECIPE)
    night(mark, cut=CUT)
    resumed, rest = night(mark)
    assert rest == steps[CUT - CUT % 4 :], "only what was not kept is done again"
    assert torch.equal(resumed, straight)


def test_it_is_private_and_whole(tmp_path: Path):
    path = tmp_path / "mark.safetensors"
    night(Bookmark(path, RECIPE), cut=CUT)
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "another recipe"])
def test_without_a_good_one_it_starts_afresh(tmp_path: Path, damage: str):
    path = tmp_path / "mark.safetensors"
    night(Bookmark(path, RECIPE), cut=CUT)
    recipe = RECIPE
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        recipe = msgspec.structs.replace(RECIPE, rank=3)
    _, steps = night(Bookmark(path, recipe))
    assert steps[0] == 1


def test_other_lectures_are_another_night(tmp_path: Path):
    mark = Bookmark(tmp_path / "mark.safetensors", RECIPE)
    night(mark, cut=CUT)
    taught = lectures()[1:]
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
    assert mark.take_up(optimizer, random.Random(0), taught) == (0, 0.0)
