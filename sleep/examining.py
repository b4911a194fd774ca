"""The stages exam and ease: what this home's new model is asked, and what follows.

See `sleep.exam` for the exam itself and `sleep.easing` for the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from assistant import base
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.paths import Paths
from assistant.settings import Settings
from assistant.tokenizer import Tokenizer
from sleep import ledger
from sleep.bed import Bed, Twin, asked_of, never_told, old_questions, told
from sleep.easing import Eased, ease, weakened
from sleep.exam import Heard, Item, Verdict, items, sit, sit_again, still_asked, summons
from sleep.experts import Expert
from sleep.export import ExportReport
from sleep.growing import Grown, file_of, moved, write
from sleep.ledger import Taken
from sleep.prompts import Prompts
from sleep.untold import untold
from sleep.witness import Summons

if TYPE_CHECKING:
    from sqlite_utils import Database

_UNKNOWN_ASKED: Final = 30


def exam_now(paths: Paths, settings: Settings, journal: Journal) -> Verdict:
    """The exam of the served model on all it has learned, against the base."""
    held = ledger.take(journal, ["learned"])
    served = str(Generations(paths, journal).current().gguf)
    untouched = str(base.locate(settings))
    exam = items(
        Prompts(Tokenizer(Path(served)), settings.chat.system),
        new=[(m.id, x, m.reject) for m in held for x in m.split("exam")],
        old=[],
        unknown=untold("exam", told(journal), asked_of(journal)),
    )
    asked = (exam, settings.model.n_ctx, settings.sleep.threads)
    return sit(
        exam,
        base=summons(untouched, *asked),
        served=summons(untouched, *asked),
        new=summons(served, *asked),
        limits=settings.exam,
    )


def examine(
    bed: Bed, grown: Grown, twins: Sequence[Twin], taken: Sequence[Taken]
) -> tuple[Verdict, Callable[[Database], Verdict]]:
    """The exam of the file that the night has written; see `Diary.stage`."""
    exam = _questions(bed, grown, twins, taken)
    served = str(bed.generations.get(grown.parent).gguf)
    with _watched(bed, "exam", exam, 2 * len(exam)) as heard:
        verdict = sit(
            exam,
            base=_summons(bed, str(base.locate(bed.settings)), exam),
            served=_summons(bed, served, exam),
            new=_summons(bed, str(file_of(bed, grown)), exam),
            limits=bed.settings.exam,
            heard=heard,
        )
    return verdict, lambda db: ledger.keep_answers(db, bed.diary.night, verdict)


def once_more(
    bed: Bed,
    grown: Grown,
    twins: Sequence[Twin],
    taken: Sequence[Taken],
    verdict: Verdict,
    experts: Sequence[Expert],
) -> tuple[Eased, Callable[[Database], Eased]]:
    """The file with less of tonight's experts, and its exam, after one that refused it.

    experts: of the new generation, at full strength.
    """
    exam = still_asked(_questions(bed, grown, twins, taken), verdict)
    tonight = {step.expert for step in grown.steps}

    def written(strength: float) -> ExportReport:
        return write(bed, grown, weakened(experts, tonight, strength))

    def examined() -> Verdict:
        new = _summons(bed, str(file_of(bed, grown)), exam)
        with _watched(bed, "ease", exam, len(exam)) as heard:
            return sit_again(exam, verdict, new, bed.settings.exam, heard)

    eased = ease(verdict, written, examined, moves=bool(grown.moved_from))

    def save(db: Database) -> Eased:
        kept = ledger.keep_answers(db, bed.diary.night, eased.verdict)
        return msgspec.structs.replace(eased, verdict=kept)

    return eased, save


def _questions(bed: Bed, grown: Grown, twins: Sequence[Twin], taken: Sequence[Taken]) -> list[Item]:
    served = bed.generations.get(grown.parent).gguf
    return items(
        Prompts(Tokenizer(served), bed.settings.chat.system),
        new=[(m.id, x, m.reject) for m in taken for x in m.split("exam")],
        old=old_questions(bed, {memory.id for memory in taken}, moved(bed, grown)),
        unknown=never_told(bed, twins, "exam")[:_UNKNOWN_ASKED],
    )


def _summons(bed: Bed, model: str, exam: Sequence[Item]) -> Summons:
    return summons(model, exam, bed.settings.model.n_ctx, bed.settings.sleep.threads)


@contextmanager
def _watched(bed: Bed, stage: str, exam: Sequence[Item], answers: int) -> Iterator[Heard]:
    """Those who watch a stage hear every answer of its exam; `answers`: how many there will be."""
    given = 0

    def heard(place: int, before: str, after: str | None) -> None:
        nonlocal given
        given += 1
        bed.progress(stage, given, answers)
        bed.watched.answered(place, exam[place], before, after)

    bed.progress(stage, 0, answers)
    yield heard
    bed.watched.all_answered()
