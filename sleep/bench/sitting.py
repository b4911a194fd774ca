"""The exam of a benchmark: the exported file, opened afresh in llama.cpp, asked everything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sleep import texts
from sleep.bench.data import Ask, Day
from sleep.bench.scoring import contains, exact_match, token_f1
from sleep.experts import Expert
from sleep.export import export
from sleep.grading import says_not_told
from sleep.prompts import Asking, Prompts
from sleep.untold import untold
from sleep.witness import Summons, hear, question

_ANSWER_TOKENS = 32


class Marked(msgspec.Struct, frozen=True):
    """One day's questions: exact matches, token F1 and answers that contain the gold one."""

    day: str
    exact: list[float]
    f1: list[float]
    within: list[float]


class Sitting(msgspec.Struct, frozen=True):
    """One exam. invented: 1 for every thing never told that was answered all the same."""

    days: list[Marked]
    invented: list[float]
    perplexity: float
    file_bytes: int


def sit(
    base: Path,
    experts: Sequence[Expert],
    days: Sequence[Day],
    prompts: Prompts,
    file: Path,
    *,
    notes: tuple[str, ...] = (),
    n_ctx: int,
    threads: int,
) -> Sitting:
    """Ask about all these days and about what was never told; writes `file` from the experts."""
    export(base, experts, file, n_threads=threads or 1)
    told = [text for day in days for text in day.texts]
    asks = [ask for day in days for ask in day.asks]
    unknown = [x.question for x in untold("exam", told, [ask.question for ask in asks])]
    asked = tuple(
        question(prompts.messages(Asking(text, notes)))
        for text in (*(ask.question for ask in asks), *unknown)
    )
    heard = hear(Summons(str(file), n_ctx, threads, _ANSWER_TOKENS, asked, texts.heldout_prose()))
    answers = iter(heard.answers)
    marked = [_marked(day.name, day.asks, [next(answers) for _ in day.asks]) for day in days]
    invented = [float(not says_not_told(answer)) for answer in answers]
    return Sitting(marked, invented, math.exp(heard.nats_per_token or 0.0), file.stat().st_size)


def surprise(
    base: Path, experts: Sequence[Expert], file: Path, *, n_ctx: int, threads: int
) -> float:
    """Perplexity of ordinary text relative to the base's; writes `file` from the experts."""
    export(base, experts, file, n_threads=threads or 1)
    nats = [
        hear(Summons(str(model), n_ctx, threads, 1, (), texts.heldout_prose())).nats_per_token
        for model in (base, file)
    ]
    return math.exp((nats[1] or 0.0) - (nats[0] or 0.0))


def _marked(name: str, asks: Sequence[Ask], answers: Sequence[str]) -> Marked:
    pairs = list(zip(answers, (ask.gold for ask in asks), strict=True))
    return Marked(
        name,
        [exact_match(*pair) for pair in pairs],
        [token_f1(*pair) for pair in pairs],
        [contains(*pair) for pair in pairs],
    )
