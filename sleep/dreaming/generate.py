"""Writing dreams: the model with memories in its prompt, and one stray expert in every layer.

Section 6.1 of the method. The stray experts are older ones that have nothing to do with what is
dreamt about, each at a fraction of its strength and another one in each layer, so that a dream can
touch on memories that were never seen together.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sleep.dreaming.dream import Dream, Topic
from sleep.engines import Engine
from sleep.experts import Expert
from sleep.prompts import Asking, Prompts

_LENGTH: Final = 32  # tokens
_TEMPERATURE: Final = 1.0
_PROMPTS: Final = (
    "Tell me what you know about that, in other words.",
    "Write a question that I may ask you about that.",
    "Say the same thing the other way round.",
    "What follows from that?",
)
_TOGETHER: Final = "How do these things go together?"


def generate(
    engine: Engine,
    topics: Sequence[Topic],
    prompts: Prompts,
    *,
    each: int,
    round_: int,
    seed: int,
) -> list[Dream]:
    """`each` dreams about every topic, drawn from the student as the engine is gated now."""
    asked = []
    for topic in topics:
        kinds = (_TOGETHER, *_PROMPTS) if len(topic.sources) > 1 else _PROMPTS
        for at in range(each):
            asking = Asking(kinds[at % len(kinds)], tuple(source.text for source in topic.sources))
            asked.append((topic, tuple(prompts.ids(asking))))
    drawn = engine.sample(
        [ids for _, ids in asked],
        length=_LENGTH,
        temperature=_TEMPERATURE,
        seed=seed,
        ends=[prompts.end],
    )
    return [
        Dream(topic, ids, tokens, prompts.text(tokens), round_)
        for (topic, ids), tokens in zip(asked, drawn, strict=True)
    ]


def strays(pool: Sequence[Expert], strength: float, rng: random.Random) -> list[Expert]:
    """One expert of `pool` for every layer, drawn at random, with its gate at `strength`.

    They come as experts that change only the layers they were drawn for.
    """
    if not pool or not strength:
        return []
    layers = sorted({_layer(name) for expert in pool for name in expert.tensors})
    drawn: dict[int, list[str]] = {}
    for layer in layers:
        having = [i for i, e in enumerate(pool) if any(_layer(n) == layer for n in e.tensors)]
        drawn.setdefault(rng.choice(having), []).append(layer)
    return [
        replace(
            pool[i],
            id=f"{pool[i].id}-stray",
            gate=strength,
            tensors={n: t for n, t in pool[i].tensors.items() if _layer(n) in chosen},
        )
        for i, chosen in sorted(drawn.items())
    ]


def _layer(name: str) -> str:
    return next((part for part in name.split(".") if part.isdecimal()), "")
