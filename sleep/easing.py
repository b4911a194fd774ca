"""A new expert that pulls too hard is served at a little less than its strength, if that passes.

What a consolidation spills onto ordinary text and older memories shrinks faster with the strength
of its expert than what it teaches: an answer is likelier than all others by a margin, and keeps the
first place while that shrinks. Writing the file again takes seconds and learning again minutes, so
this comes before `sleep.retry`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from torch import Tensor

from sleep.diary import Diary
from sleep.exam import Verdict
from sleep.experts import Expert
from sleep.export import ExportReport

STRENGTHS: Final = (0.9, 0.8)
"""What is tried, in this order: below, more is lost of what was learned than is won elsewhere."""


class Eased(msgspec.Struct, frozen=True):
    """Ease: the strength of tonight's experts in the file that was written last, and its exam.

    refused: why it was refused at full strength.
    """

    strength: float
    refused: tuple[str, ...]
    exported: ExportReport
    verdict: Verdict


def last_exam(diary: Diary) -> Verdict | None:
    """What the last exam of a night said; None before there was one."""
    eased = diary.result("ease", Eased)
    return diary.result("exam", Verdict) if eased is None else eased.verdict


def last_file(diary: Diary) -> ExportReport | None:
    """What a night has written as its model file; None before it has."""
    eased = diary.result("ease", Eased)
    return diary.result("export", ExportReport) if eased is None else eased.exported


def pulls_too_hard(verdict: Verdict, *, moves: bool = False) -> bool:
    """Whether it is refused only as something got worse; what tonight's experts teach is known.

    moves: that is not only what is new, but also older memories, which move to another level.
    """
    scores = [verdict.parts[name] for name in ("new", "unknown") if name in verdict.parts]
    learned = all(score.after >= score.needed for score in scores)
    if moves and "old" in verdict.parts:
        learned = learned and verdict.parts["old"].kept >= verdict.parts["old"].needed
    return learned and not verdict.passed


def weakened(experts: Sequence[Expert], tonight: Collection[str], strength: float) -> list[Expert]:
    """The same experts, those named in `tonight` at this share of what they add to the weights."""
    return [
        replace(each, tensors=_weakened(each.tensors, strength)) if each.id in tonight else each
        for each in experts
    ]


def _weakened(tensors: Mapping[str, Tensor], strength: float) -> dict[str, Tensor]:
    return {n: strength * t if n.endswith(".B") else t for n, t in tensors.items()}


def ease(
    verdict: Verdict,
    write: Callable[[float], ExportReport],
    sit: Callable[[], Verdict],
    *,
    moves: bool = False,
) -> Eased:
    """Less and less strength, until the exam no longer says that it pulls too hard.

    `write` writes the file at a strength, `sit` examines it. The last verdict need not be passed.
    moves: as in `pulls_too_hard`.
    """
    assert pulls_too_hard(verdict, moves=moves), "there is nothing to ease"
    refused = verdict.reasons
    for strength in STRENGTHS:
        exported = write(strength)
        verdict = sit()
        if not pulls_too_hard(verdict, moves=moves):
            break
    return Eased(strength, refused, exported, verdict)
