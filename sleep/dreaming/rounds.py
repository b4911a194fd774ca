"""Rounds of dreaming: write, check, choose, try, reinforce (method, section 6; ReST-EM)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sleep.dreaming.dream import Dream, Topic
from sleep.dreaming.generate import generate, strays
from sleep.dreaming.select import Selection, chosen, scored
from sleep.dreaming.support import support
from sleep.dreaming.trial import Mark, held, learn, rewarded, self_exam
from sleep.engines import Engine, Example
from sleep.experts import Expert
from sleep.prompts import Asking, Prompts

Told = Callable[[Sequence[Dream]], None]

_PASSES: Final = 4
"""How often reinforcement sees each rewarded dream."""


@dataclass(frozen=True)
class Plan:
    """How a night dreams."""

    rounds: int
    each: int = 5
    """Dreams about every topic and round; more beat fewer."""
    keep: int = 12
    """Dreams that are tried for their score, per round."""
    more: int = 4
    """And for diversity."""
    selection: Selection = "alignment"
    strength: float = 0.3
    """Gate of the stray experts while dreaming; 0: none."""
    rate: float = 1e-4
    seed: int = 0


@dataclass(frozen=True)
class Dreamer:
    """What dreams: an engine whose new expert is tonight's, and the older experts beside it.

    exam: questions on what is known, in wordings that are never trained on. ordinary: what the
    model must go on saying as it does now.
    """

    engine: Engine
    experts: Sequence[Expert]
    prompts: Prompts
    exam: Sequence[Example]
    ordinary: Sequence[Example]


@dataclass(frozen=True)
class Dreamed:
    """What dreaming came to: every dream, whether the expert has changed, and its marks."""

    dreams: list[Dream]
    changed: bool
    before: Mark
    after: Mark


def dream(
    dreamer: Dreamer,
    topics: Sequence[Topic],
    plan: Plan,
    *,
    deadline: float = float("inf"),
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    told: Told = lambda _dreams: None,
) -> Dreamed:
    """Dream about the topics for some rounds, or until `deadline` (time.monotonic).

    `told` is called with dreams as soon as it is clear what becomes of them. The engine's expert is
    left as the best round has made it; if none was better, as it was.
    """
    engine = dreamer.engine
    engine.prepare([*dreamer.exam, *dreamer.ordinary])
    start = engine.expert("start", level=1, night=0)
    anchors = held(engine, dreamer.ordinary)
    before = best = self_exam(engine, dreamer.exam)
    every: list[Dream] = []
    changed = False
    for round_ in range(1, plan.rounds + 1):
        if time.monotonic() >= deadline:
            break
        progress(round_ - 1, plan.rounds)
        rng = random.Random(plan.seed + round_)
        every += _written(dreamer, topics, plan, round_, rng, known={x.text for x in every})
        _judge(dreamer, [x for x in every if x.round == round_], plan, best, rng, deadline, told)
        good = [x for x in every if x.state == "rewarded"]
        if not any(x.round == round_ for x in good):
            continue
        kept = engine.expert("kept", level=1, night=0)
        engine.restore(start)
        lessons = _reinforcement(dreamer, good)
        learn(engine, lessons, rate=plan.rate, steps=_steps(lessons), anchors=anchors)
        mark = self_exam(engine, dreamer.exam)
        if mark.better_than(best):
            best, changed = mark, True
        else:
            engine.restore(kept)
    return Dreamed(every, changed, before, best)


def _written(
    dreamer: Dreamer,
    topics: Sequence[Topic],
    plan: Plan,
    round_: int,
    rng: random.Random,
    known: set[str],
) -> list[Dream]:
    """The dreams of a round; those that no memory supports are marked and teach nothing."""
    engine = dreamer.engine
    about = {source.expert for topic in topics for source in topic.sources}
    pool = [expert for expert in dreamer.experts if expert.id not in about]
    engine.gate([*dreamer.experts, *strays(pool, plan.strength, rng)])
    try:
        found = generate(
            engine,
            topics,
            dreamer.prompts,
            each=plan.each,
            round_=round_,
            seed=plan.seed + round_,
        )
    finally:
        engine.gate(dreamer.experts)
        # Stray experts may have been in the layers below the new one.
        engine.prepare([*dreamer.exam, *dreamer.ordinary])
    for each in found:
        finding = support(each.text, each.topic)
        each.memories = finding.memories
        if not finding.supported:
            each.becomes("unsupported", finding.reason)
        elif each.text in known:
            each.becomes("unselected", "it was dreamt before")
        else:
            each.lessons = _lessons(each, dreamer.prompts)
            engine.prepare(each.lessons)
            known.add(each.text)
    return found


def _lessons(found: Dream, prompts: Prompts) -> list[Example]:
    """A dream as knowledge: a question is answered by its memory, anything else is plain text."""
    if found.text.endswith("?"):
        texts = {source.id: source.text for source in found.topic.sources}
        return [prompts.example(Asking(found.text), texts[id_]) for id_ in found.memories]
    tokens = prompts.plain(found.text)
    return [prompts.answered(tokens[:1], tokens[1:])] if len(tokens) > 1 else []


def _judge(
    dreamer: Dreamer,
    found: Sequence[Dream],
    plan: Plan,
    base: Mark,
    rng: random.Random,
    deadline: float,
    told: Told,
) -> None:
    """Choose among a round's dreams and try the chosen ones."""
    able = [x for x in found if x.lessons]
    scored(dreamer.engine, able, dreamer.exam, plan.selection)
    picked = chosen(able, plan.keep, plan.more, rng)
    for each in able:
        if each not in picked:
            each.becomes("unselected", f"others scored higher by {plan.selection}")
    told([each for each in found if each not in picked])
    for each in picked:
        if time.monotonic() >= deadline:
            each.becomes("unselected", "there was no time left to try it")
        elif rewarded(dreamer.engine, each.lessons, dreamer.exam, base, plan.rate):
            each.becomes("rewarded", "the self-exam went better with it")
        else:
            each.becomes("unrewarded", "the self-exam went no better with it")
        told([each])


def _reinforcement(dreamer: Dreamer, good: Sequence[Dream]) -> list[Example]:
    """Rewarded dreams as knowledge, and as examples of how to dream."""
    knowledge = [lesson for each in good for lesson in each.lessons]
    dreaming = [dreamer.prompts.answered(each.prompt, each.tokens) for each in good]
    dreamer.engine.prepare([*knowledge, *dreaming])
    return [*knowledge, *dreaming]


def _steps(lessons: Sequence[Example]) -> int:
    return max(4, _PASSES * len(lessons) // 8)
