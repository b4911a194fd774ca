"""What a night works with, and what it can look up there."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from assistant.engine import Engine as Server
from assistant.generations import BASE, Generations
from assistant.journal import Journal
from assistant.journal.memories import memories
from assistant.paths import Paths, make_private
from assistant.settings import Settings
from sleep import ledger
from sleep.diary import Diary
from sleep.experts import Expert, load_experts
from sleep.ledger import Taken
from sleep.manifest import read_manifest
from sleep.memory import Lesson
from sleep.untold import owner_told, untold
from sleep.watched import Watched

_COUNTED: Final = ("learned", "proposed", *ledger.UNLEARNED)
_REPLAYED: Final = 240  # lessons of older memories that a night rehearses
_OLD_ASKED: Final = 30  # and questions on them in its exam

Twin = tuple[str, str, str]
"""(split, question, answer) of something never told."""


@dataclass(frozen=True)
class Bed:
    """What a night works with."""

    paths: Paths
    settings: Settings
    journal: Journal
    generations: Generations
    diary: Diary
    deadline: float
    """time.monotonic() by which all must be done."""
    progress: Callable[[str, int, int], None]
    """Called with (stage, done, of)."""
    watched: Watched

    @property
    def folder(self) -> Path:
        """Where this night keeps its work until the generation is written."""
        return make_private(self.paths.night_work(self.diary.night))


def open_server(bed: Bed) -> Server:
    """The model before the night, in llama.cpp."""
    model = bed.settings.model
    path = bed.generations.current().gguf
    return Server(path, model.n_ctx, bed.settings.sleep.threads, model.n_gpu_layers, seed=0)


def experts_of(bed: Bed, generation: int) -> list[Expert]:
    """The experts of a generation; the base has none."""
    if generation == BASE:
        return []
    return load_experts(bed.generations.folder(generation) / "experts.safetensors")


def age_of(bed: Bed, generation: int) -> int:
    """How many nights have made a generation, itself included."""
    return 0 if generation == BASE else read_manifest(bed.generations.folder(generation)).age


def held_by(bed: Bed, generation: int) -> dict[int, set[int]]:
    """Level -> ids of the memories that a generation holds there and that still count."""
    if generation == BASE:
        return {}
    counted = {memory.id for memory in memories(bed.journal, ["learned"])}
    levels = read_manifest(bed.generations.folder(generation)).levels
    return {n: counted & {*level.memories} for n, level in enumerate(levels, start=1)}


def never_told(bed: Bed, twins: Sequence[Twin], split: str) -> list[Lesson]:
    """What was never told, of one split: the general list and twins of the day's questions."""
    asked = asked_of(bed.journal)
    mine = [
        Lesson(question, answer, (), "unknown", split)
        for of, question, answer in twins
        if of == split and not owner_told(question, asked)
    ]
    return [*untold(split, told(bed.journal), asked), *mine]


def twins_of(bed: Bed, memory_ids: Collection[int]) -> list[Twin]:
    """The "not told" twins of tonight and of the nights that learned these memories."""
    marks = ", ".join("?" * len(memory_ids))
    sql = (
        "SELECT json_extract(result, '$.unknown') FROM stages"
        " WHERE name = 'recall' AND result NOT NULL AND (night_id = ?"
        f" OR night_id IN (SELECT night FROM memories WHERE id IN ({marks}))) ORDER BY night_id"
    )
    with bed.journal.reading() as db:
        rows = db.execute(sql, [bed.diary.night, *sorted(memory_ids)]).fetchall()
    return [twin for row in rows for twin in msgspec.json.decode(row[0], type=list[Twin])]


def told(journal: Journal) -> list[str]:
    """Everything that counts, in the words of memories and of their sources."""
    held = memories(journal, _COUNTED)
    return [text for memory in held for text in (memory.text, memory.source)]


def asked_of(journal: Journal) -> list[str]:
    """Every question that a memory answers."""
    return [x.question for m in ledger.take(journal, _COUNTED) for x in m.lessons]


def replayed(bed: Bed, taken: Collection[int]) -> list[Lesson]:
    """Lessons of memories that are in the weights already, the same number of each.

    taken: ids of those that are taught tonight. Every night draws others.
    """
    held = _older(bed, taken)
    each = max(1, _REPLAYED // max(1, len(held)))
    rng = random.Random(bed.diary.night)
    chosen = [
        rng.sample(lessons, min(each, len(lessons))) for m in held if (lessons := m.split("train"))
    ]
    rng.shuffle(chosen)
    return [lesson for lessons in chosen for lesson in lessons][:_REPLAYED]


def old_questions(
    bed: Bed, taken: Collection[int], moved: Collection[int]
) -> list[tuple[int, Lesson]]:
    """Exam questions on older memories: a sample, and all those that move to another level."""
    held = _older(bed, taken)
    step = max(1, len(held) // _OLD_ASKED)
    chosen = [m for at, m in enumerate(held) if at % step == 0 or m.id in moved]
    return [(m.id, x) for m in chosen for x in m.split("exam")[:1]]


def _older(bed: Bed, taken: Collection[int]) -> list[Taken]:
    return [m for m in ledger.take(bed.journal, ["learned"]) if m.id not in taken]
