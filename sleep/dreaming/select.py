"""Choosing dreams by what they would do to the trainable weights (method, section 6.2)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from sleep.dreaming.dream import Dream
from sleep.engines import Engine, Example
from sleep.objective import answer_nats

Selection = Literal["norm", "alignment", "random"]


def gradient(engine: Engine, examples: Sequence[Example]) -> list[Tensor]:
    """Of the mean language-modelling loss per answer token of these, by the new expert's numbers.

    One tensor per parameter; nothing is left behind in the parameters. The examples are prepared.
    """
    loss = answer_nats(engine.logits(examples), examples).mean()
    return list(torch.autograd.grad(loss, engine.parameters()))


def norm(parts: Sequence[Tensor]) -> float:
    """Euclidean length of a gradient."""
    return float(torch.stack([part.double().square().sum() for part in parts]).sum().sqrt())


def alignment(one: Sequence[Tensor], other: Sequence[Tensor]) -> float:
    """Cosine between two gradients: 1 where a step along one lowers the other's loss most."""
    lengths = norm(one) * norm(other)
    dots = [(a.double() * b.double()).sum() for a, b in zip(one, other, strict=True)]
    return float(torch.stack(dots).sum()) / lengths if lengths else 0.0


def scored(
    engine: Engine, dreams: Sequence[Dream], exam: Sequence[Example], how: Selection
) -> None:
    """Give every dream its score; "random" needs none."""
    if how == "random":
        return
    target = gradient(engine, exam) if how == "alignment" else []
    for dream in dreams:
        found = gradient(engine, dream.lessons)
        dream.score = norm(found) if how == "norm" else alignment(found, target)


def chosen(dreams: Sequence[Dream], keep: int, more: int, rng: random.Random) -> list[Dream]:
    """The `keep` best by score and `more` drawn from the rest; without scores, all are equal."""
    order = list(dreams)
    rng.shuffle(order)
    order.sort(key=lambda dream: dream.score or 0.0, reverse=True)
    return order[:keep] + rng.sample(order[keep:], min(more, len(order[keep:])))
