"""A night in order: gather, recall, grow, seed, prune, dream, export, exam (ease), wake.

Each stage's result is in the journal before the next begins (see `sleep.diary`), so that a night
killed anywhere resumes there or starts that stage afresh.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from assistant import base
from assistant.engine import Engine as Server
from assistant.errors import ReverieError
from assistant.journal import Journal
from sleep import ledger, recall, taught, waking
from sleep.bed import Bed, open_server
from sleep.diary import nothing_more
from sleep.dreaming.stage import Dreamt, dream_on
from sleep.easing import Eased, pulls_too_hard
from sleep.exam import Verdict
from sleep.examining import examine, once_more
from sleep.experts import load_experts
from sleep.export import ExportReport
from sleep.files import sha256_file
from sleep.gather import gather
from sleep.growing import Grown, Pruned, Seeded, grow, new_experts, prune, seed, take_on, write
from sleep.ledger import Taken
from sleep.levels import parse, states
from sleep.manifest import Manifest, experts_sha256, write_manifest
from sleep.memory import Reading
from sleep.recall.language import NOT_ENGLISH
from sleep.recall.model import EngineModel
from sleep.waking import Woken

if TYPE_CHECKING:
    from sqlite_utils import Database

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

    @property
    def unread(self) -> int:
        """Sentences in a language that recall cannot read."""
        return sum(why == NOT_ENGLISH for _, why in self.rejected)


def run(bed: Bed) -> Woken:
    """The whole night; raises NothingToDo's status as a Woken, everything else as errors."""
    stage = bed.diary.stage
    heard = stage("gather", Heard, lambda: _gather(bed))
    recalled = stage("recall", Recalled, lambda: _recall(bed, heard))
    taken = ledger.take(bed.journal, ledger.NEW if bed.diary.nap else ledger.UNLEARNED)
    if not taken:
        return waking.nothing(bed.journal, heard.messages, recalled.unread)
    grown = stage("grow", Grown, lambda: (grow(bed), nothing_more))
    try:
        woken = _learn(bed, grown, recalled, taken)
    except (OSError, ReverieError):
        overtaken = waking.overtaken(bed, grown.parent, taken)
        if overtaken is None:
            raise
        return overtaken
    shutil.rmtree(bed.folder, ignore_errors=True)
    return woken


def _learn(bed: Bed, grown: Grown, recalled: Recalled, taken: list[Taken]) -> Woken:
    stage = bed.diary.stage
    stage("seed", Seeded, lambda: _seed(bed, grown, recalled, taken))
    taken = taught.only(bed.journal, bed.diary.night, taken)
    stage("prune", Pruned, lambda: (prune(bed, grown), nothing_more))
    dreamt = stage("dream", Dreamt, lambda: dream_on(bed, grown, taken))
    exported = stage("export", ExportReport, lambda: _export(bed, grown, dreamt))
    verdict = stage("exam", Verdict, lambda: examine(bed, grown, recalled.unknown, taken))
    if pulls_too_hard(verdict, moves=bool(grown.moved_from)):
        experts = new_experts(bed, grown, dreamt=dreamt.changed)
        again = partial(once_more, bed, grown, recalled.unknown, taken, verdict, experts)
        eased = stage("ease", Eased, again)
        exported, verdict = eased.exported, eased.verdict
    return stage("wake", Woken, lambda: _wake(bed, grown, exported, verdict, taken))


def preview(journal: Journal, server: Server, seed: int) -> Reading:
    """What a night would read out of the journal now; changes nothing."""
    heard = [*ledger.by_hand(journal), *gather(journal).heard]
    return recall.read(
        heard, model=EngineModel(server, seed), known=ledger.known(journal), seed=seed
    )


def _gather(bed: Bed) -> tuple[Heard, Callable[[Database], None]]:
    found = gather(bed.journal)
    return Heard(len(found.heard), found.upto, found.left_out), nothing_more


def _recall(bed: Bed, heard: Heard) -> tuple[Recalled, Callable[[Database], None]]:
    messages = [m for m in gather(bed.journal).heard if m.message_id <= heard.upto]
    messages = [*ledger.by_hand(bed.journal), *messages]
    server = open_server(bed)
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


def _seed(
    bed: Bed, grown: Grown, recalled: Recalled, taken: list[Taken]
) -> tuple[Seeded, Callable[[Database], None]]:
    choose = partial(take_on, bed, grown)
    chosen = taught.begin(bed.journal, bed.diary.night, taken, bed.folder, choose)
    waiting = len(taken) - len(chosen)
    return seed(bed, grown, recalled.unknown, chosen, waiting), nothing_more


def _export(
    bed: Bed, grown: Grown, dreamt: Dreamt
) -> tuple[ExportReport, Callable[[Database], None]]:
    return write(bed, grown, new_experts(bed, grown, dreamt=dreamt.changed)), nothing_more


def _wake(
    bed: Bed,
    grown: Grown,
    exported: ExportReport,
    verdict: Verdict,
    taken: list[Taken],
) -> tuple[Woken, Callable[[Database], Woken]]:
    placed = waking.places(bed, grown, verdict, taken)
    manifest = _manifest(bed, grown, exported, verdict, placed.after)
    bed.generations.record(
        grown.generation,
        parent=grown.parent,
        sha256=exported.sha256,
        night_id=bed.diary.night,
        manifest=manifest,
        status="kept" if verdict.passed else "refused",
    )
    undecided = Woken("interrupted", "", (), waking.named(taken))
    return undecided, lambda db: waking.decide(db, bed, grown, exported, verdict, taken, placed)


def _manifest(
    bed: Bed,
    grown: Grown,
    exported: ExportReport,
    verdict: Verdict,
    held: Mapping[int, Collection[int]],
) -> str:
    folder = bed.generations.folder(grown.generation)
    experts = load_experts(folder / "experts.safetensors")
    manifest = Manifest(
        generation=grown.generation,
        parent=grown.parent,
        night=bed.diary.night,
        base_sha256=sha256_file(base.locate(bed.settings)),
        model_sha256=exported.sha256,
        experts_sha256=experts_sha256(folder),
        age=grown.age,
        levels=states(parse(bed.settings.method.levels), experts, held),
        recipe=grown.recipe,
        passed=verdict.passed,
        reasons=verdict.reasons,
        exam=verdict.parts,
        perplexity_ratio=verdict.perplexity_ratio,
    )
    return write_manifest(folder, manifest)
