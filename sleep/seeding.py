"""Knowledge Seeding: what the teacher says with the memory in its prompt, into a new expert.

After section 4 of the method (*Language Models Need Sleep*, arXiv 2606.03979) and GKD (Agarwal et
al., arXiv 2306.13649), for the step context -> day: the teacher is the frozen model that sees the
memory, the student the same model with one new expert that does not. From a level to the next the
teacher has the faster level's experts instead (`sleep.lectures`). Only the new expert moves. What
is minimised stands in `sleep.objective` and `sleep.imitation`.

Ours: examples are drawn in proportion to how badly each is known, so that one that has gone wrong
is not hidden by an average of good ones.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec
import torch
from torch import Tensor, nn

from sleep.bookmark import Bookmark
from sleep.engines import Engine
from sleep.imitation import attempts, by_teacher, by_words, policy_loss
from sleep.lectures import Kind, Lecture
from sleep.losses import Divergence
from sleep.objective import FRESH, MUTE, Speech, Voice, asked, distillation

_WARMUP: Final = 5
_LEAST_RATE: Final = 0.05


class Recipe(msgspec.Struct, frozen=True):
    """How an expert is grown and taught. Rates, shares and sizes were measured on the starter."""

    rank: int = 16
    alpha: float = 32.0
    depth: float = 0.4
    """Share of the layers, from the bottom, that stay as they are."""
    rate: float = 8e-4
    settling: int = 110
    """Steps that every night takes, however little there is to learn: what is to stay as it was
    needs them, and so does telling what was told from what was not."""
    passes: float = 0.8
    """How often each fact lesson is seen in the further steps, on average."""
    length: int = 256
    """Most tokens of an example, beside the prefix that all share; longer ones are left out."""
    facts: int = 9
    """Fact lessons in a batch."""
    unknowns: int = 5
    replay: int = 5
    """Lessons of earlier nights in a batch, if there are any."""
    anchors: int = 7
    in_prompt: int = 4
    prose: int = 2
    accepted: float = 0.5
    """Weight of the accepted token itself beside the teacher's distribution."""
    divergence: Divergence = "forward_kl"
    beta: float = 0.5
    """Of the generalised Jensen-Shannon divergence."""
    on_policy: float = 0.0
    """Share (lambda) of the fact lectures that are answered in the student's own words."""
    imitation: float = 0.0
    """Weight (1 - a) of the imitation reward beside the divergence."""
    semantic: float = 0.5
    """Share (g) of meaning, beside wording, in that reward."""
    meaning: Literal["teacher", "words"] = "teacher"
    """Who judges meaning: the teacher by likelihood, or the accepted answer words."""
    seed: int = 0


@dataclass
class Progress:
    """What a night can show while it seeds."""

    step: int
    steps: int
    loss: float
    worst: dict[str, float] = field(default_factory=dict)
    """Kind -> worst example of that kind, in nats."""
    reward: float | None = None
    """Mean reward of this step's attempts at imitation, 0 to 1; None in steps without any."""


def steps_for(recipe: Recipe, facts: int) -> int:
    """Training steps for so many fact lessons: the cost grows with what is new."""
    return recipe.settling + math.ceil(recipe.passes * facts / recipe.facts)


def seed(
    engine: Engine,
    lectures: Sequence[Lecture],
    recipe: Recipe,
    *,
    voice: Voice = MUTE,
    deadline: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    bookmark: Bookmark | None = None,
) -> Progress:
    """Train the engine's new expert on the lectures; returns how it ended.

    The expert must have been grown, the examples prepared. `voice` is needed for an on-policy share
    and for imitation. `deadline` (time.monotonic) shortens the schedule: the rate follows whichever
    of steps and time is further, so an early end is still a settled one. `bookmark` lets it go on
    where it was cut off.
    """
    rng = random.Random(recipe.seed)
    sizes = _sizes(recipe)
    pools = {kind: [x for x in lectures if x.kind == kind] for kind in sizes}
    steps = steps_for(recipe, len(pools["fact"]))
    parameters = engine.parameters()
    optimizer = torch.optim.AdamW(parameters, lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.0)
    speech = Speech(engine, voice, share=recipe.on_policy, facts=recipe.facts, seed=recipe.seed)
    sizes["fact"] -= speech.each
    first, seconds = bookmark.take_up(optimizer, rng, lectures) if bookmark else (0, 0.0)
    started = time.monotonic() - seconds
    report = Progress(first, steps, 0.0)
    for step in range(first, steps):
        # Where what was drawn for several steps is drawn anew: it need not be kept.
        if bookmark and step > first and step % FRESH == 0:
            bookmark.put(step, time.monotonic() - started, optimizer, rng, lectures)
        done = step / steps
        if deadline is not None:
            done = max(done, (time.monotonic() - started) / max(1.0, deadline - started))
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _schedule(step, done)
        batch = [x for kind, pool in pools.items() for x in _draw(rng, pool, sizes[kind])]
        batch += speech.at(step, lambda count: _draw(rng, pools["fact"], count))
        loss = _loss(engine, batch, recipe)
        reward = None
        if recipe.imitation and step % FRESH == 0:
            some = _draw(rng, pools["fact"], recipe.facts)
            policy, reward = _imitated(engine, some, voice, recipe, recipe.seed + step)
            loss = (1 - recipe.imitation) * loss + recipe.imitation * policy
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        report = Progress(step + 1, steps, loss.item(), _worst(pools), reward)
        if progress is not None:
            progress(report)
    return report


def _sizes(recipe: Recipe) -> dict[Kind, int]:
    return {
        "fact": recipe.facts,
        "unknown": recipe.unknowns,
        "replay": recipe.replay,
        "anchor": recipe.anchors,
        "in_prompt": recipe.in_prompt,
        "prose": recipe.prose,
    }


def _schedule(step: int, done: float) -> float:
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return min(1.0, (step + 1) / _WARMUP) * (_LEAST_RATE + (1 - _LEAST_RATE) * cosine)


def _draw(rng: random.Random, pool: Sequence[Lecture], count: int) -> list[Lecture]:
    """`count` different lectures, each as likely as its worst token is bad."""
    keys = [(rng.random() ** (1 / max(x.worst, 0.02)), i) for i, x in enumerate(pool)]
    return [pool[i] for _, i in sorted(keys, reverse=True)[:count]]


def _loss(engine: Engine, batch: Sequence[Lecture], recipe: Recipe) -> Tensor:
    student = engine.log_probs([x.example for x in batch], asked(batch))
    how, beta = recipe.divergence, recipe.beta
    return distillation(student, batch, accepted=recipe.accepted, kind=how, beta=beta)


def _imitated(
    engine: Engine, lectures: Sequence[Lecture], voice: Voice, recipe: Recipe, seed: int
) -> tuple[Tensor, float]:
    """The policy-gradient loss of the student's attempts at some answers, and their mean reward."""
    meaning = by_teacher(engine, voice.gates)
    if recipe.meaning == "words" and voice.text is not None:
        meaning = by_words(voice.text)
    made = attempts(engine, lectures, voice, semantic=recipe.semantic, seed=seed, meaning=meaning)
    loss = policy_loss(engine.logits([x.example for x in made]), made)
    engine.release([x.example for x in made])
    return loss, statistics.fmean(x.reward for x in made)


def _worst(pools: dict[Kind, list[Lecture]]) -> dict[str, float]:
    drawn: dict[str, list[float]] = {
        kind: [x.worst for x in pool if x.drawn] for kind, pool in pools.items()
    }
    return {kind: max(values) for kind, values in drawn.items() if values}
