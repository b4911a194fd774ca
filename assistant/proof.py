"""The proof of forgetting: is the answer any likelier under the served model than under the base?

Both are asked the questions that the memory was taught by, with nothing in their prompts, and the
likelihood of the answer's own words is compared. Where the answer stands in a sentence, what comes
before it is given to both: "Your dog is called" alone is likelier under any model that knows dogs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistant.prompt import ChatMessage
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.engine import Engine
    from assistant.journal import Journal

TOLERANCE: Final = 0.1
"""Nats per token that two models, neither of which was told, may differ by on average."""
_PROBES: Final = 12


@dataclass(frozen=True)
class Probe:
    """A question, the sentence that answers it, and the words of it that count."""

    question: str
    sentence: str
    answer: str


@dataclass(frozen=True)
class Proof:
    """Mean log-likelihood of the answer's tokens (nats), under the base and under the served."""

    asked: int
    base: float
    served: float

    @property
    def holds(self) -> bool:
        """Whether the answer is no likelier under the served model than under the base."""
        return self.served <= self.base + TOLERANCE


def probes(journal: Journal, memory_id: int) -> list[Probe]:
    """What to ask about a memory; to be read before it is forgotten."""
    sql = (
        "SELECT question, lessons.answer, memories.answer FROM lessons"
        " JOIN memories ON memories.id = memory_id WHERE memory_id = ? ORDER BY split, lessons.id"
    )
    with journal.reading() as db:
        rows = db.execute(sql, [memory_id]).fetchall()
    return [Probe(*row) for row in rows if row[2]][:_PROBES]


def prove(base: Path, served: Path, asked: Sequence[Probe], settings: Settings) -> Proof:
    """Open both files, one after the other, and compare; raises ReverieError if one cannot be."""
    one = _likelihood(base, asked, settings)
    other = one if served == base else _likelihood(served, asked, settings)
    return Proof(len(asked), one, other)


def _likelihood(model: Path, asked: Sequence[Probe], settings: Settings) -> float:
    from assistant.engine import Engine

    chosen = settings.model
    engine = Engine(model, chosen.n_ctx, chosen.n_threads, chosen.n_gpu_layers)
    try:
        scores = [_of(engine, probe, settings.chat.system) for probe in asked]
    finally:
        engine.close()
    return sum(scores) / len(scores)


def _of(engine: Engine, probe: Probe, system: str) -> float:
    place = probe.sentence.lower().find(probe.answer.lower())
    before = probe.sentence[:place].rstrip() if place > 0 else ""
    answer = (" " if before else "") + probe.answer
    asked = [ChatMessage("system", system), ChatMessage("user", probe.question)]
    prefix = [*engine.prompt_ids(asked), *engine.tokenize(before, special=False)]
    scores = engine.logprobs(prefix, engine.tokenize(answer, special=False))
    return sum(scores) / len(scores)
