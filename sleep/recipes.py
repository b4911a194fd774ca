"""What the settings mean for a night: how it teaches, how it fits into memory, and what it needs.

The one estimate of a night's memory (`sleep.memory_plan`) speaks here to everybody: the night that
is about to begin, the timer that waits for a good moment, and, through a process of its own
(`python -m sleep needs`), `reverie models use` and `reverie doctor`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from assistant import base
from assistant import settings as settings_
from assistant.errors import ReverieError
from assistant.exit_codes import ExitCode
from assistant.needs import NightAnswer, NightMemory
from assistant.paths import Paths
from assistant.settings import Settings
from sleep.memory_plan import Machine, Shape, TooLarge, Ways, least, need, plan, shrunk
from sleep.seeding import Recipe


def recipe_of(settings: Settings) -> Recipe:
    """How a night under these settings teaches."""
    sleep, method = settings.sleep, settings.method
    recipe = Recipe(
        rank=sleep.rank,
        alpha=2.0 * sleep.rank,
        depth=sleep.depth,
        rate=sleep.rate,
        passes=sleep.passes,
        length=sleep.length,
        on_policy=method.on_policy,
        imitation=method.imitation,
        semantic=method.semantic,
        meaning=method.meaning,
        seed=sleep.seed,
    )
    return shrunk(recipe if method.anchors else without_anchors(recipe), sleep.batch)


def without_anchors(recipe: Recipe) -> Recipe:
    """The same recipe with nothing that holds the model still (an ablation)."""
    return msgspec.structs.replace(recipe, replay=0, anchors=0, in_prompt=0, prose=0)


def ways_of(settings: Settings) -> Ways:
    """How a night under these settings trains on this machine; TooLarge where it would not fit."""
    shape = Shape.of(base.locate(settings), settings.model.n_ctx)
    return plan(shape, Machine.here(settings.sleep.engine), recipe_of(settings))


def memory_of(gguf: Path, settings: Settings) -> NightMemory:
    """What a night with this model takes of this machine's memory while nothing else does.

    Raises ReverieError when the model can be chatted with but not trained.
    """
    shape, recipe = Shape.of(gguf, settings.model.n_ctx), recipe_of(settings)
    machine = Machine.here(settings.sleep.engine, whole=True)
    smallest = least(shape, machine, recipe)
    try:
        ways = plan(shape, machine, recipe)
    except TooLarge as error:
        return NightMemory(smallest, smallest, machine.free, machine.gpu, error.hint)
    usual = need(shape, machine, recipe, ways).total
    return NightMemory(usual, smallest, machine.free, machine.gpu, "")


def tell(gguf: Path) -> int:
    """Print that as JSON, or why this model cannot sleep, for the room that does not load torch."""
    settings = settings_.load(Paths.resolve())
    try:
        answer = NightAnswer(memory_of(gguf, settings))
    except ReverieError as error:
        answer = NightAnswer(cannot=error.message)
    print(msgspec.json.encode(answer).decode())
    return ExitCode.DONE
