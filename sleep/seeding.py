"""Knowledge Seeding: what the teacher says with the memory in its prompt, into a new expert.

After section 4 of the method (*Language Models Need Sleep*, arXiv 2606.03979) and GKD (Agarwal et
al., arXiv 2306.13649), for the step context -> day: the teacher is the frozen model that sees the
memory, the student the same model with one new expert that does not. Only the expert moves. The
sequences are the accepted answers (dataset D of the method, lambda = 0); the on-policy share and
the imitation reward have their place in `_loss`.

Two things are ours. A small teacher often words the answer its own way, and averaging over that
teaches mush: at a token where the teacher's first choice is not the accepted one, the accepted
token counts alone. And examples are drawn in proportion to how badly each is known, so that one
that has gone wrong is not hidden by an average of good ones.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec
import torch
from torch import Tensor, nn

from sleep.bookmark import EVERY, Bookmark
from sleep.engines import Engine, Example, Teaching
from sleep.losses import Divergence, agrees, coarse, divergence

Kind = Literal["fact", "unknown", "anchor", "in_prompt", "prose"]
"""What an example is for: told, never told, answered as before, answered by its prompt, and plain
text, as likely as before."""

_WARMUP: Final = 5
_LEAST_RATE: Final = 0.05
_TOP_K: Final = 64
_UNSEEN: Final = 8.0  # nats: what is not yet known of an example that was never drawn


class Recipe(msgspec.Struct, frozen=True):
    """How an expert is grown and taught. Rates, shares and sizes were measured on the starter."""

    rank: int = 16
    alpha: float = 32.0
    depth: float = 0.4
    """Share of the layers, from the bottom, that stay as they are."""
    rate: float = 8e-4
    passes: float = 4.0
    """How often each fact lesson is seen, on average."""
    facts: int = 9
    """Fact lessons in a batch."""
    unknowns: int = 3
    anchors: int = 7
    in_prompt: int = 3
    prose: int = 2
    accepted: float = 0.5
    """Weight of the accepted token itself beside the teacher's distribution."""
    divergence: Divergence = "forward_kl"
    seed: int = 0


@dataclass(eq=False)
class Lecture:
    """An example with its teacher and how well the student knows it by now."""

    kind: Kind
    example: Example
    teaching: Teaching
    worst: float = _UNSEEN
    """Loss of its worst token when it was last drawn, in nats."""
    drawn: int = 0


@dataclass
class Progress:
    """What a night can show while it seeds."""

    step: int
    steps: int
    loss: float
    worst: dict[str, float] = field(default_factory=dict)
    """Kind -> worst example of that kind, in nats."""


def teach(
    engine: Engine, kinds: Sequence[Kind], asked: Sequence[Example], told: Sequence[Example]
) -> list[Lecture]:
    """Lectures for `asked`; `told` are the same answers after prompts that hold the memory."""
    taught = engine.teach(told, _TOP_K)
    return [Lecture(kind, x, t) for kind, x, t in zip(kinds, asked, taught, strict=True)]


def steps_for(recipe: Recipe, facts: int) -> int:
    """Training steps for so many fact lessons: the cost grows with what is new."""
    return max(20, math.ceil(recipe.passes * facts / recipe.facts))


def seed(
    engine: Engine,
    lectures: Sequence[Lecture],
    recipe: Recipe,
    *,
    deadline: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    bookmark: Bookmark | None = None,
) -> Progress:
    """Train the engine's new expert on the lectures; returns how it ended.

    The expert must have been grown, the examples prepared. `deadline` (time.monotonic) shortens the
    schedule: the rate follows whichever of steps and time is further, so an early end is still a
    settled one. `bookmark` lets it go on where it was cut off.
    """
    rng = random.Random(recipe.seed)
    sizes: dict[Kind, int] = {
        "fact": recipe.facts,
        "unknown": recipe.unknowns,
        "anchor": recipe.anchors,
        "in_prompt": recipe.in_prompt,
        "prose": recipe.prose,
    }
    pools = {kind: [x for x in lectures if x.kind == kind] for kind in sizes}
    steps = steps_for(recipe, len(pools["fact"]))
    parameters = engine.parameters()
    optimizer = torch.optim.AdamW(parameters, lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.0)
    first, seconds = bookmark.take_up(optimizer, rng, lectures) if bookmark else (0, 0.0)
    started = time.monotonic() - seconds
    report = Progress(first, steps, 0.0)
    for step in range(first, steps):
        if bookmark and step > first and step % EVERY == 0:
            bookmark.put(step, time.monotonic() - started, optimizer, rng, lectures)
        done = step / steps
        if deadline is not None:
            done = max(done, (time.monotonic() - started) / max(1.0, deadline - started))
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _schedule(step, done)
        batch = [x for kind, pool in pools.items() for x in _draw(rng, pool, sizes[kind])]
        loss = _loss(engine.logits([x.example for x in batch]), batch, recipe)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        report = Progress(step + 1, steps, loss.item(), _worst(pools))
        if progress is not None:
            progress(report)
    return report


def _schedule(step: int, done: float) -> float:
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return min(1.0, (step + 1) / _WARMUP) * (_LEAST_RATE + (1 - _LEAST_RATE) * cosine)


def _draw(rng: random.Random, pool: Sequence[Lecture], count: int) -> list[Lecture]:
    """`count` different lectures, each as likely as its worst token is bad."""
    keys = [(rng.random() ** (1 / max(x.worst, 0.02)), i) for i, x in enumerate(pool)]
    return [pool[i] for _, i in sorted(keys, reverse=True)[:count]]


def _loss(logits: Tensor, batch: Sequence[Lecture], recipe: Recipe) -> Tensor:
    """Mean over examples of their mean loss per answer token; notes each example's worst token."""
    answer = torch.tensor([token for x in batch for token in x.example.answer])
    teacher_tokens = torch.cat([x.teaching.tokens for x in batch])
    teacher, student = coarse(
        torch.cat([x.teaching.logprobs for x in batch]), teacher_tokens, logits
    )
    apart = divergence(teacher, student, recipe.divergence)
    chosen = torch.nn.functional.cross_entropy(logits, answer, reduction="none")
    mixed = (1 - recipe.accepted) * apart + recipe.accepted * chosen
    taught = torch.where(agrees(teacher_tokens, answer), mixed, chosen)
    losses = []
    sizes = [len(x.example.answer) for x in batch]
    split = [torch.split(each, sizes) for each in (apart, chosen, taught)]
    parts = zip(batch, *split, strict=True)
    for lecture, kept, token, mix in parts:
        held = lecture.kind in ("anchor", "prose")
        losses.append(kept.mean() if held else mix.mean())
        lecture.worst = (kept if held else token).max().item()
        lecture.drawn += 1
    return torch.stack(losses).mean()


def _worst(pools: dict[Kind, list[Lecture]]) -> dict[str, float]:
    drawn: dict[str, list[float]] = {
        kind: [x.worst for x in pool if x.drawn] for kind, pool in pools.items()
    }
    return {kind: max(values) for kind, values in drawn.items() if values}
