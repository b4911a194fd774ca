"""The stage "dream" of a night: what it dreams about, with which exam, and how that is kept."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from assistant.journal.records import now
from sleep import ledger
from sleep.bed import Bed
from sleep.consolidation import grow
from sleep.curriculum import loosely, ordinary
from sleep.diary import nothing_more
from sleep.dreaming.dream import Dream, Source, Topic
from sleep.dreaming.rounds import Dreamed, Dreamer, Plan, dream
from sleep.engines import Example
from sleep.experts import save_experts
from sleep.growing import Grown, dreamt_file, new_experts, tools_of
from sleep.ledger import Taken
from sleep.prompts import Asking, Prompts

if TYPE_CHECKING:
    from sqlite_utils import Database

_SHARE: Final = 0.5  # of the time that is left after seeding
_QUESTIONS: Final = 2  # of the self-exam, per memory
_OLDER: Final = 20  # older memories in the self-exam
_ORDINARY: Final = 24


class Dreamt(msgspec.Struct, frozen=True):
    """Dream: how many dreams in how many rounds, what became of them, and of the self-exam.

    before, after: right answers of `asked`. changed: the expert learned from rewarded dreams.
    """

    rounds: int = 0
    dreams: dict[str, int] = {}
    """State -> how many."""
    asked: int = 0
    before: int = 0
    after: int = 0
    changed: bool = False


def dream_on(
    bed: Bed, grown: Grown, taken: Sequence[Taken]
) -> tuple[Dreamt, Callable[[Database], None]]:
    """The stage: its result, and what is written into the journal along with it."""
    method = bed.settings.method
    if not method.dreaming or bed.diary.nap:
        return Dreamt(), nothing_more
    rng = random.Random(bed.settings.sleep.seed)
    tools = tools_of(bed)
    old = [m for m in ledger.take(bed.journal, ["learned"]) if m.id not in {t.id for t in taken}]
    exam = _exam(taken, rng.sample(old, min(_OLDER, len(old))), tools.prompts, rng)
    *older, newest = new_experts(bed, grown)
    engine = tools.open(older)
    engine.share_prefix(tools.prompts.prefix)
    last = grown.steps[-1]
    grow(engine, msgspec.structs.replace(last, continues=newest.id), [newest], grown.recipe)
    dreamer = Dreamer(
        engine=engine,
        experts=older,
        prompts=tools.prompts,
        exam=exam,
        ordinary=ordinary(tools.prompts, tools.base)[:_ORDINARY],
    )
    plan = Plan(
        rounds=method.dreaming,
        selection=method.selection,
        strength=method.random_expert,
        seed=bed.settings.sleep.seed,
    )
    ended = dream(
        dreamer,
        _topics(bed, taken, old, rng),
        plan,
        deadline=time.monotonic() + _SHARE * (bed.deadline - time.monotonic()),
        progress=lambda done, of: bed.progress("dream", done, of),
        told=bed.watched.dreams,
    )
    if ended.changed:
        expert = engine.expert(newest.id, level=newest.level, night=newest.night)
        save_experts(dreamt_file(bed, last), [expert])
    return _result(ended, len(dreamer.exam)), lambda db: _keep(db, bed.diary.night, ended.dreams)


def _result(ended: Dreamed, asked: int) -> Dreamt:
    states = [found.state for found in ended.dreams]
    return Dreamt(
        rounds=max((found.round for found in ended.dreams), default=0),
        dreams={state: states.count(state) for state in sorted(set(states))},
        asked=asked,
        before=ended.before.right,
        after=ended.after.right,
        changed=ended.changed,
    )


def _exam(
    taken: Sequence[Taken], old: Sequence[Taken], prompts: Prompts, rng: random.Random
) -> list[Example]:
    """Questions on the day, and on older memories, typed as no lesson was.

    Not those of the morning's exam: what chooses dreams must not examine them as well.
    """
    found = []
    for memory in (*taken, *old):
        lessons = memory.split("train")
        for lesson in rng.sample(lessons, min(_QUESTIONS, len(lessons))):
            found.append(prompts.example(Asking(loosely(lesson.question, rng)), lesson.answer))
    return found


def _topics(
    bed: Bed, taken: Sequence[Taken], old: Sequence[Taken], rng: random.Random
) -> list[Topic]:
    """Every memory of the day, alone and beside an older one."""
    sources = _sources(bed, [*taken, *old])
    found = [Topic((sources[memory.id],)) for memory in taken]
    if old:
        found += [Topic((sources[m.id], sources[rng.choice(old).id])) for m in taken]
    return found


def _sources(bed: Bed, held: Sequence[Taken]) -> dict[int, Source]:
    with bed.journal.reading() as db:
        rows = db.execute("SELECT id, subject, coalesce(expert, '') FROM memories").fetchall()
    known = {id_: (subject, expert) for id_, subject, expert in rows}
    return {
        memory.id: Source(
            memory.id,
            memory.text,
            known[memory.id][0],
            (memory.text, *(text for x in memory.lessons for text in (x.question, x.answer))),
            known[memory.id][1],
        )
        for memory in held
    }


def _keep(db: Database, night: int, dreams: Sequence[Dream]) -> None:
    """Every dream with where it came from; not those about what was forgotten meanwhile."""
    sql = "SELECT id FROM memories WHERE state <> 'forgotten'"
    there = {row[0] for row in db.execute(sql).fetchall()}
    for found in dreams:
        if not there.issuperset(found.topic.ids):
            continue
        cursor = db.execute(
            "INSERT INTO dreams (night_id, created, round, text, score, state, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                *(night, now(), found.round, found.text, found.score),
                *(found.state, found.reason or None),
            ],
        )
        for memory in found.memories:
            sql = "INSERT INTO dream_memories (dream_id, memory_id) VALUES (?, ?)"
            db.execute(sql, [cursor.lastrowid, memory])
