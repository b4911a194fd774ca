"""Running a benchmark: every arm, night after night, from wherever the last run left it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
from tqdm import tqdm

from assistant.engine import Engine as Server
from assistant.paths import write_atomic
from assistant.settings import MethodSettings, Settings
from assistant.tokenizer import Tokenizer
from sleep.anchors import Base
from sleep.bench import data
from sleep.bench.arms import Arm
from sleep.bench.data import Day
from sleep.bench.histories import history
from sleep.bench.learner import Learner
from sleep.bench.sitting import Sitting, sit, surprise
from sleep.consolidation import Tools
from sleep.experts import load_experts, save_experts
from sleep.prompts import Prompts
from sleep.recipes import recipe_of

_ENDLESS: Final = 1000.0
_PER_NIGHT: Final = 5  # facts of a life
Name = Literal["knowledge", "knowledge-one", "lifelong", "few-shot", "class-incremental"]


@dataclass(frozen=True)
class Plan:
    """What to run: on which days, whether each is learned by a fresh model, and how long a night.

    every: nights from one exam to the next. passes: over the lessons, as in `Recipe`; unless it is
    given, every arm trains until its time is over.
    """

    name: Name
    days: tuple[Day, ...]
    fresh: bool
    minutes: float
    every: int = 1
    passes: float = _ENDLESS


class Night(msgspec.Struct, frozen=True):
    """One night of one arm: how long it took, how many experts there are, and its exam if any.

    processor_s: seconds of processor time, which other work on the machine hardly changes.
    """

    arm: str
    night: int
    seconds: float
    experts: int
    parameters: int
    sitting: Sitting | None
    processor_s: float = 0.0


class _State(msgspec.Struct):
    """Where an arm is: the days it has learned, and which level holds which."""

    days: list[Day]
    held: dict[int, set[int]]


def plan(
    name: Name, *, folder: Path, nights: int, passages: int, minutes: float, every: int
) -> Plan:
    """The plan of a benchmark of this size; `folder` holds data that is not the project's own.

    A life is the chat history that `folder` may hold, its nights spread among those of an invented
    one: so how old a memory is does not tell which kind it is.
    """
    if name in ("knowledge", "knowledge-one"):
        days = data.passages(folder, passages)
    elif name == "lifelong":
        chatted = history(folder, nights, _PER_NIGHT)
        told = [text for day in chatted for text in day.texts]
        days = spread(chatted, data.life(nights - len(chatted), _PER_NIGHT, told=told))
    elif name == "few-shot":
        days = data.tasks(nights)
    else:
        days = data.intents(nights)
    return Plan(name, tuple(days), name in ("knowledge-one", "few-shot"), minutes, every)


def spread(few: Sequence[Day], many: Sequence[Day]) -> list[Day]:
    """Both in their own order, each of `few` in the middle of an equal share of the nights.

    So the first weeks and the last hold as many of them.
    """
    total = len(few) + len(many)
    places = {(2 * at + 1) * total // (2 * len(few)) for at in range(len(few))}
    ones, others = iter(few), iter(many)
    return [next(ones if at in places else others) for at in range(total)]


def run(plan: Plan, arms: Sequence[Arm], base: Path, settings: Settings, out: Path) -> list[Night]:
    """Every arm through every day; each night is written down as soon as it is done."""
    out.mkdir(parents=True, exist_ok=True)
    log = out / "nights.jsonl"
    write_atomic(log, b"".join(_lines(log)).decode())  # without a line that was cut off
    for arm in arms:
        done = sum(night.arm == arm.name for night in read(out))
        with tqdm(total=len(plan.days), initial=done, desc=arm.name, file=sys.stderr) as bar:
            for number in range(done + 1, len(plan.days) + 1):
                night = _night(plan, arm, number, base, settings, out)
                with log.open("ab") as file:
                    file.write(msgspec.json.encode(night) + b"\n")
                bar.update()
    return read(out)


def read(out: Path) -> list[Night]:
    """The nights so far; a line that was cut off does not count."""
    return [msgspec.json.decode(line, type=Night) for line in _lines(out / "nights.jsonl")]


def _lines(path: Path) -> list[bytes]:
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [line for line in lines if line.endswith(b"\n")]


def _night(plan: Plan, arm: Arm, number: int, base: Path, settings: Settings, out: Path) -> Night:
    folder = out / arm.name
    folder.mkdir(exist_ok=True)
    learner = _learner(plan, arm, base, settings, folder, number)
    worked = time.process_time()
    seconds = learner.night(plan.days[number - 1])
    worked = time.process_time() - worked
    last = number == len(plan.days)
    sitting = None
    if plan.fresh or last or number % plan.every == 0 or number == 1:
        days = learner.days[-1:] if plan.fresh else learner.days
        sitting = sit(
            base,
            learner.experts,
            days,
            learner.tools.prompts,
            folder / "model.gguf",
            notes=learner.notes,
            n_ctx=settings.model.n_ctx,
            threads=settings.sleep.threads,
        )
    _keep(learner, folder)
    parameters = sum(t.numel() for expert in learner.experts for t in expert.tensors.values())
    grown = len(learner.experts)
    return Night(arm.name, number, seconds, grown, parameters, sitting, worked)


def _learner(
    plan: Plan, arm: Arm, base: Path, settings: Settings, folder: Path, number: int
) -> Learner:
    from sleep.engines import TrainingFolder, open_engine
    from sleep.weights import ensure_training_weights

    threads, n_ctx = settings.sleep.threads, settings.model.n_ctx
    cache = folder.parent / "cache"
    weights = ensure_training_weights(base, cache)
    begun = number > 1 and not plan.fresh
    served = folder / "model.gguf" if begun and (folder / "model.gguf").exists() else base
    tools = Tools(
        open=lambda experts: open_engine(
            TrainingFolder(weights, tuple(experts), threads), settings.sleep.engine
        ),
        serve=lambda: Server(served, n_ctx, threads, 0, seed=settings.sleep.seed),
        prompts=Prompts(Tokenizer(base), settings.chat.system),
        base=Base(base, cache, n_ctx, threads),
    )
    plain = msgspec.structs.replace(settings, method=MethodSettings())  # the arms say what is off
    recipe = msgspec.structs.replace(recipe_of(plain), passes=plan.passes)
    spoilt = partial(surprise, base, file=folder / "model.gguf", n_ctx=n_ctx, threads=threads)
    allowed = settings.exam.perplexity
    learner = Learner(arm, tools, recipe, 60 * plan.minutes, spoilt, allowed)
    if begun:
        state = msgspec.json.decode((folder / "state.json").read_bytes(), type=_State)
        learner.days, learner.held = state.days[: number - 1], state.held
        learner.experts = load_experts(folder / "experts.safetensors")
    return learner


def _keep(learner: Learner, folder: Path) -> None:
    save_experts(folder / "experts.safetensors", learner.experts)
    state = msgspec.json.encode(_State(learner.days, learner.held)).decode()
    write_atomic(folder / "state.json", state)


def machine() -> str:
    """The machine in words: processor, cores, memory, system."""
    import platform

    import psutil

    memory = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count(logical=False) or 1
    return f"{platform.machine()}, {cores} cores, {memory:.0f} GiB, {platform.system()}"


def stamp() -> str:
    """Today, for the head of a table."""
    return time.strftime("%Y-%m-%d", time.gmtime())
