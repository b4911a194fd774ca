"""How fast this machine trains a model of this shape: measured in seconds, before the first night.

One layer and the output layer are made of random weights in the model's sizes, so nothing is loaded
and a model of any size is measured as quickly as the smallest. What a layer does beside its linear
modules (attention, norms, rotation) is a share that was measured on the starter model; it is less
in larger ones, so for those the estimate is on the long side.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn

from assistant import base, settings
from assistant.exit_codes import ExitCode
from assistant.paths import Paths
from assistant.settings import Settings
from sleep.engines.device import best_device, working_dtype
from sleep.engines.lowrank import product
from sleep.losses import log_probs
from sleep.memory_plan import Lengths, Shape, batch_of
from sleep.recipes import recipe_of
from sleep.seeding import Recipe, steps_for

_ROUNDS: Final = 5
_TEACHER: Final = 65  # tokens whose probability is compared
_REST: Final = 1.5
"""A whole training step, in times of its linear modules and its loss."""
_SHARED: Final = 0.5
"""Two threads were 1.43 times as fast as one on the starter: the root of their number."""
_LESSONS: Final = 40  # of one fact, in all their variants
_FACTS: Final = 12  # of an ordinary day
_AROUND: Final = 40
"""What comes before and after seeding (the teacher's answers, export, exam), in training steps."""


def step_seconds(shape: Shape, recipe: Recipe, threads: int) -> float:
    """Seconds of one training step on so many threads, or on the GPU.

    Measured on one thread, the quickest of a few runs: on several, a machine that does something
    else at the moment looks ten times as slow as it is.
    """
    device = best_device()
    chance = torch.Generator(device).manual_seed(0)  # one of its own: a night draws others
    dtype = working_dtype(device)
    lengths, batch = Lengths(), batch_of(recipe)
    tokens = lengths.prefix + batch * (lengths.own * 2 // 3)
    trained = shape.layers - int(recipe.depth * shape.layers)

    def made(rows: int, columns: int, kind: torch.dtype = dtype) -> Tensor:
        return torch.randn(rows, columns, dtype=kind, device=device, generator=chance).mul_(0.02)

    def learned(rows: int, columns: int) -> Tensor:
        return made(rows, columns, torch.float32).requires_grad_()

    linears = [
        (
            made(tokens, i).requires_grad_(),
            made(o, i),
            learned(recipe.rank, i),
            learned(o, recipe.rank),
        )
        for i, o in _linears(shape)
    ]
    hidden = made(batch * lengths.answer, shape.width).requires_grad_()
    output = made(shape.vocabulary, shape.width)
    chosen = torch.zeros(len(hidden), _TEACHER, dtype=torch.int64, device=device)

    def layer() -> None:
        for x, weight, a, b in linears:
            torch.autograd.backward(product(x, weight, None, a, b, 2.0).sum())

    def loss() -> None:
        logits = nn.functional.linear(hidden, output).float()
        torch.autograd.backward(log_probs(logits, chosen).sum())

    several = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        alone = _REST * (trained * _seconds(layer, device) + _seconds(loss, device))
    finally:
        torch.set_num_threads(several)
    return alone if device.type != "cpu" else alone / threads**_SHARED


def _linears(shape: Shape) -> list[tuple[int, int]]:
    """(in, out) of a layer's linear modules."""
    width, inner, queries, keys = shape.width, shape.inner, shape.queries, shape.keys
    attention = [(width, queries), (width, keys), (width, keys), (queries, width)]
    return [*attention, (width, inner), (width, inner), (inner, width)]


def night_minutes(shape: Shape, recipe: Recipe, threads: int) -> float:
    """About how long a night of an ordinary day takes here."""
    steps = steps_for(recipe, _FACTS * _LESSONS) + _AROUND
    return steps * step_seconds(shape, recipe, threads) / 60


def threads_of(chosen: Settings) -> int:
    """CPU threads that a night has."""
    return chosen.sleep.threads or os.cpu_count() or 1


def tell() -> int:
    """Print the estimate for the chosen model as JSON, for `reverie doctor`."""
    chosen = settings.load(Paths.resolve())
    shape = Shape.of(base.locate(chosen), chosen.model.n_ctx)
    minutes = night_minutes(shape, recipe_of(chosen), threads_of(chosen))
    print(json.dumps({"minutes": round(minutes, 1)}))
    return ExitCode.DONE


def _seconds(work: Callable[[], Any], device: torch.device) -> float:
    """The quickest of a few runs, after one that warms up."""
    taken = []
    for _ in range(1 + _ROUNDS):
        started = time.perf_counter()
        work()
        if device.type != "cpu":
            torch.get_device_module(device).synchronize()
        taken.append(time.perf_counter() - started)
    return min(taken[1:])
