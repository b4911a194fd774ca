"""A night in order: gather, recall, grow, seed, export, exam, wake.

Each stage's result is in the journal before the next begins (see `sleep.diary`), so that a night
killed anywhere resumes there or starts that stage afresh. Consolidation into slower levels and
dreaming are stages of their own, between seed and export.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from assistant import base
from assistant.engine import Engine as Server
from assistant.generations import BASE, Generations
from assistant.journal import Journal
from assistant.journal.memories import memories
from assistant.paths import Paths, make_private
from assistant.settings import Settings
from assistant.tokenizer import Tokenizer
from sleep import ledger, recall, taught, waking
from sleep.bookmark import Bookmark
from sleep.budget import OutOfTime, for_the_morning
from sleep.diary import Diary, nothing_more
from sleep.exam import Verdict, items, sit, summons
from sleep.experts import Expert, load_experts, save_experts
from sleep.export import ExportReport, export
from sleep.files import sha256_file
from sleep.gather import gather
from sleep.ledger import Taken
from sleep.manifest import Manifest, experts_sha256, write_manifest
from sleep.memory import Lesson, Reading
from sleep.prompts import Prompts
from sleep.recall.model import EngineModel
from sleep.seeding import Progress, Recipe, seed, steps_for
from sleep.untold import untold
from sleep.waking import Woken

if TYPE_CHECKING:
    from sqlite_utils import Database

_REPLAYED: Final = 60  # lessons of older memories that a night rehearses
_OLD_ASKED: Final = 30  # and questions on them in its exam
_UNKNOWN_ASKED: Final = 30


class Heard(msgspec.Struct, frozen=True):
    """Gather: how much there is to read, up to which message, and what was left out."""

    messages: int
    upto: int
    left_out: tuple[tuple[int, str], ...]


class Recalled(msgspec.Struct, frozen=True):
    """Recall: how many new memories, what was not taken and why, and the "not told" twins."""

    memories: int
    rejected: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str, str], ...]
    """(split, question, answer)."""


class Grown(msgspec.Struct, frozen=True):
    """Grow: the new expert's shape, and the generation that will carry it."""

    generation: int
    parent: int
    expert: str
    recipe: Recipe


class Seeded(msgspec.Struct, frozen=True):
    """Seed: how training ended. worst: kind -> worst example's loss in nats."""

    steps: int
    planned: int
    loss: float
    worst: dict[str, float]


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

    @property
    def folder(self) -> Path:
        """Where this night keeps its work until the generation is written."""
        return make_private(self.paths.night_work(self.diary.night))

    @property
    def expert_file(self) -> Path:
        return self.folder / "expert.safetensors"


def run(bed: Bed) -> Woken:
    """The whole night; raises NothingToDo's status as a Woken, everything else as errors."""
    stage = bed.diary.stage
    heard = stage("gather", Heard, lambda: _gather(bed))
    recalled = stage("recall", Recalled, lambda: _recall(bed, heard))
    taken = ledger.take(bed.journal, ledger.NEW if bed.diary.nap else ledger.UNLEARNED)
    if not taken:
        return waking.nothing(bed.journal, heard.messages)
    grown = stage("grow", Grown, lambda: _grow(bed))
    stage("seed", Seeded, lambda: _seed(bed, grown, recalled, taken))
    taken = taught.only(bed.journal, bed.diary.night, taken)
    exported = stage("export", ExportReport, lambda: _export(bed, grown))
    verdict = stage("exam", Verdict, lambda: _exam(bed, grown, recalled, taken))
    woken = stage("wake", Woken, lambda: _wake(bed, grown, exported, verdict, taken))
    shutil.rmtree(bed.folder, ignore_errors=True)
    return woken


def preview(journal: Journal, server: Server, seed: int) -> Reading:
    """What a night would read out of the journal now; changes nothing."""
    heard = [*ledger.by_hand(journal), *gather(journal).heard]
    return recall.read(
        heard, model=EngineModel(server, seed), known=ledger.known(journal), seed=seed
    )


def exam_now(paths: Paths, settings: Settings, journal: Journal) -> Verdict:
    """The exam of the served model on all it has learned, against the base."""
    held = ledger.take(journal, ["learned"])
    served = str(Generations(paths, journal).current().gguf)
    untouched = str(base.locate(settings))
    exam = items(
        Prompts(Tokenizer(Path(served)), settings.chat.system),
        new=[(m.id, x, m.reject) for m in held for x in m.split("exam")],
        old=[],
        unknown=untold("exam", _told(journal)),
    )
    asked = (exam, settings.model.n_ctx, settings.sleep.threads)
    return sit(
        exam,
        base=summons(untouched, *asked),
        served=summons(untouched, *asked),
        new=summons(served, *asked),
        limits=settings.exam,
    )


def _gather(bed: Bed) -> tuple[Heard, Callable[[Database], None]]:
    found = gather(bed.journal)
    return Heard(len(found.heard), found.upto, found.left_out), nothing_more


def _recall(bed: Bed, heard: Heard) -> tuple[Recalled, Callable[[Database], None]]:
    messages = [m for m in gather(bed.journal).heard if m.message_id <= heard.upto]
    messages = [*ledger.by_hand(bed.journal), *messages]
    server = _server(bed)
    try:
        reading = recall.read(
            messages,
            model=EngineModel(server, bed.settings.sleep.seed),
            known=ledger.known(bed.journal),
            seed=bed.settings.sleep.seed,
            progress=lambda done, of: bed.progress("recall", done, of),
        )
    finally:
        server.close()
    sources = {m.message_id: m.text for m in messages}
    unknown = tuple((x.split, x.question, x.answer) for x in reading.twins)

    def save(db: Database) -> None:
        state = "proposed" if bed.settings.sleep.review else "waiting"
        ledger.store(db, reading.facts, sources, state)
        # From here on these messages are the ledger's business: no night reads them again.
        sql = "UPDATE nights SET upto_message = ? WHERE id = ?"
        db.execute(sql, [heard.upto, bed.diary.night])

    return Recalled(len(reading.facts), tuple(reading.rejected), unknown), save


def _grow(bed: Bed) -> tuple[Grown, Callable[[Database], None]]:
    sleep = bed.settings.sleep
    recipe = Recipe(
        rank=sleep.rank,
        alpha=2.0 * sleep.rank,
        rate=sleep.rate,
        passes=sleep.passes,
        seed=sleep.seed,
    )
    grown = Grown(
        generation=bed.generations.reserve(),
        parent=bed.generations.current_id(),
        expert=f"day-{bed.diary.night:04}",
        recipe=recipe,
    )
    return grown, nothing_more


def _seed(
    bed: Bed, grown: Grown, recalled: Recalled, taken: list[Taken]
) -> tuple[Seeded, Callable[[Database], None]]:
    from sleep.anchors import Base
    from sleep.curriculum import curriculum
    from sleep.engines import TrainingFolder, open_engine
    from sleep.weights import ensure_training_weights

    bed.progress("seed", 0, 0)
    weights = ensure_training_weights(base.locate(bed.settings), bed.paths.base_dir)
    older = tuple(_experts(bed, grown.parent))
    engine = open_engine(TrainingFolder(weights, older, bed.settings.sleep.threads))
    server = _server(bed)
    try:
        prompts = Prompts(server, bed.settings.chat.system)
        engine.share_prefix(prompts.prefix)
        lectures = curriculum(
            [x for memory in taken for x in memory.split("train")],
            _unknown(bed, recalled, "train"),
            _replay(bed, taken, "train", _REPLAYED),
            prompts=prompts,
            server=server,
            base=Base(
                base.locate(bed.settings),
                bed.paths.base_dir,
                bed.settings.model.n_ctx,
                bed.settings.sleep.threads,
            ),
            engine=engine,
            seed=grown.recipe.seed,
        )
    finally:
        server.close()
    recipe = grown.recipe
    first = int(recipe.depth * engine.n_layers)
    engine.grow(rank=recipe.rank, alpha=recipe.alpha, first_layer=first, seed=recipe.seed)
    engine.prepare([x.example for x in lectures])

    def show(progress: Progress) -> None:
        bed.progress("seed", progress.step, progress.steps)

    left = bed.deadline - time.monotonic()
    if left <= 0:
        raise OutOfTime("its time was up before it could learn; give it more")
    deadline = bed.deadline - for_the_morning(bed.journal, left)
    mark = Bookmark(bed.folder / "bookmark.safetensors", recipe)
    ended = seed(engine, lectures, recipe, deadline=deadline, progress=show, bookmark=mark)
    expert = engine.expert(grown.expert, level=1, night=bed.diary.night)
    save_experts(bed.expert_file, [expert])
    planned = steps_for(recipe, sum(x.kind == "fact" for x in lectures))
    seeded = Seeded(ended.step, planned, ended.loss, ended.worst)
    return seeded, lambda db: taught.note(db, bed.diary.night, taken)


def _export(bed: Bed, grown: Grown) -> tuple[ExportReport, Callable[[Database], None]]:
    model = base.locate(bed.settings)
    experts = [*_experts(bed, grown.parent), *load_experts(bed.expert_file)]
    folder = make_private(bed.generations.folder(grown.generation))
    threads = bed.settings.sleep.threads or 2
    report = export(model, experts, folder / "model.gguf", n_threads=threads)
    save_experts(folder / "experts.safetensors", experts)
    return report, nothing_more


def _exam(
    bed: Bed, grown: Grown, recalled: Recalled, taken: list[Taken]
) -> tuple[Verdict, Callable[[Database], Verdict]]:
    untouched = str(base.locate(bed.settings))
    served = str(bed.generations.get(grown.parent).gguf)
    new = str(bed.generations.folder(grown.generation) / "model.gguf")
    exam = items(
        Prompts(Tokenizer(Path(served)), bed.settings.chat.system),
        new=[(m.id, x, m.reject) for m in taken for x in m.split("exam")],
        old=_old(bed, taken),
        unknown=_unknown(bed, recalled, "exam")[:_UNKNOWN_ASKED],
    )
    n_ctx, threads = bed.settings.model.n_ctx, bed.settings.sleep.threads
    bed.progress("exam", 0, 0)
    verdict = sit(
        exam,
        base=summons(untouched, exam, n_ctx, threads),
        served=summons(served, exam, n_ctx, threads),
        new=summons(new, exam, n_ctx, threads),
        limits=bed.settings.exam,
    )
    return verdict, lambda db: ledger.keep_answers(db, bed.diary.night, verdict)


def _wake(
    bed: Bed,
    grown: Grown,
    exported: ExportReport,
    verdict: Verdict,
    taken: list[Taken],
) -> tuple[Woken, Callable[[Database], Woken]]:
    manifest = _manifest(bed, grown, exported, verdict)
    bed.generations.record(
        grown.generation,
        parent=grown.parent,
        sha256=exported.sha256,
        night_id=bed.diary.night,
        manifest=manifest,
        status="kept" if verdict.passed else "refused",
    )
    undecided = Woken("interrupted", "", (), waking.named(taken))
    return undecided, lambda db: waking.decide(db, bed, grown, exported, verdict, taken)


def _manifest(bed: Bed, grown: Grown, exported: ExportReport, verdict: Verdict) -> str:
    folder = bed.generations.folder(grown.generation)
    experts = load_experts(folder / "experts.safetensors")
    levels: dict[str, list[str]] = {}
    for expert in experts:
        levels.setdefault(str(expert.level), []).append(expert.id)
    manifest = Manifest(
        generation=grown.generation,
        parent=grown.parent,
        night=bed.diary.night,
        base_sha256=sha256_file(base.locate(bed.settings)),
        model_sha256=exported.sha256,
        experts_sha256=experts_sha256(folder),
        levels=levels,
        recipe=grown.recipe,
        passed=verdict.passed,
        reasons=verdict.reasons,
        exam=verdict.parts,
        perplexity_ratio=verdict.perplexity_ratio,
    )
    return write_manifest(folder, manifest)


def _server(bed: Bed) -> Server:
    """The model before the night, in llama.cpp."""
    model = bed.settings.model
    path = bed.generations.current().gguf
    return Server(path, model.n_ctx, bed.settings.sleep.threads, model.n_gpu_layers, seed=0)


def _experts(bed: Bed, generation: int) -> list[Expert]:
    if generation == BASE:
        return []
    return load_experts(bed.generations.folder(generation) / "experts.safetensors")


def _unknown(bed: Bed, recalled: Recalled, split: str) -> list[Lesson]:
    """What was never told, of one split: the general list and the day's twins."""
    twins = [Lesson(q, a, (), "unknown", s) for s, q, a in recalled.unknown if s == split]
    return [*untold(split, _told(bed.journal)), *twins]


def _told(journal: Journal) -> list[str]:
    held = memories(journal, ["learned", "proposed", *ledger.UNLEARNED])
    return [text for memory in held for text in (memory.text, memory.source)]


def _replay(bed: Bed, taken: list[Taken], split: str, count: int) -> list[Lesson]:
    """Lessons of memories that are in the weights already, the same number of each."""
    tonight = {memory.id for memory in taken}
    held = [m for m in ledger.take(bed.journal, ["learned"]) if m.id not in tonight]
    if not held:
        return []
    each = max(1, count // len(held))
    return [x for memory in held for x in memory.split(split)[:each]][:count]


def _old(bed: Bed, taken: list[Taken]) -> list[tuple[int, Lesson]]:
    tonight = {memory.id for memory in taken}
    held = [m for m in ledger.take(bed.journal, ["learned"]) if m.id not in tonight]
    step = max(1, len(held) // _OLD_ASKED)
    return [(m.id, x) for m in held[::step] for x in m.split("exam")[:1]]
