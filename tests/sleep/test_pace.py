"""The estimate of a night's length before there was one."""

import json

import pytest

from assistant import settings
from sleep import pace
from sleep.__main__ import main
from sleep.memory_plan import Shape
from sleep.seeding import Recipe


def test_the_estimate_is_told_as_json(paths, tiny_gguf, capsys):
    settings.store(paths, "model.path", str(tiny_gguf("llama", "Q8_0")))
    assert main(["pace"]) == 0
    assert json.loads(capsys.readouterr().out)["minutes"] >= 0


def test_every_step_counts(tiny_gguf, monkeypatch):
    """By the clock of this test every piece of work takes a second."""
    monkeypatch.setattr(pace, "_seconds", lambda work, _: work() or 1.0)
    shape = Shape.of(tiny_gguf("llama", "Q8_0"), 512)
    recipe = Recipe(depth=0.5, settling=60, passes=0.0)
    layers = shape.layers - shape.layers // 2
    step = pace.step_seconds(shape, recipe, threads=1)
    assert step == pytest.approx(pace._REST * (layers + 1))
    assert pace.night_minutes(shape, recipe, 1) == pytest.approx(step * (60 + pace._AROUND) / 60)
    assert step / 2 < pace.step_seconds(shape, recipe, threads=2) < step
