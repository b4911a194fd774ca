"""The last stage of a night: what becomes of the new model and of the memories it was taught.

Everything is decided at one moment, in one transaction that holds the journal's write lock: what
was forgotten meanwhile, which model is served, what the memories become. The file that names the
served model is switched just before that commits. A kill in between leaves the new model served
with its memories still in the prompt as well; never a memory that is in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from assistant.generations import BASE
from assistant.journal import Journal
from assistant.journal.memories import memories
from sleep import ledger, taught
from sleep.bed import Bed, held_by
from sleep.exam import Verdict
from sleep.ledger import Taken
from sleep.levels import memories_after

if TYPE_CHECKING:
    from sqlite_utils import Database

    from sleep.export import ExportReport
    from sleep.growing import Grown


_TAKEN_AWAY: Final = "something it was taught was taken away meanwhile"
_NOTHING_KNOWN: Final = "nothing that it was taught is known by heart"


class Woken(msgspec.Struct, frozen=True):
    """Wake: what became of the night."""

    status: str
    reason: str
    learned: tuple[tuple[int, str], ...]
    unsure: tuple[tuple[int, str], ...]


def not_read(sentences: int) -> str:
    """What is said of sentences in other languages."""
    these = "1 sentence is" if sentences == 1 else f"{sentences} sentences are"
    return f"{these} not in English, all that I can read when I sleep"


def nothing(journal: Journal, messages: int, unread: int) -> Woken:
    """A night with nothing to teach, of so many messages, and why.

    unread: sentences in a language that recall cannot read.
    """
    proposed = len(memories(journal, ["proposed"]))
    if proposed:
        reason = f"{proposed} memories wait for 'reverie memories approve'"
    elif unread:
        reason = f"nothing was said that could be learned; {not_read(unread)}"
    elif messages:
        reason = "nothing was said that could be learned"
    else:
        reason = "nothing was said"
    return Woken("nothing", reason, (), ())


@dataclass(frozen=True)
class Places:
    """Level -> ids of the memories it holds, before the night and after it; and those that it lost.

    What was lost is in no level: it goes back to the prompt.
    """

    before: dict[int, set[int]]
    after: dict[int, set[int]]
    lost: set[int]


def places(bed: Bed, grown: Grown, verdict: Verdict, taken: list[Taken]) -> Places:
    """Where the memories are once the new generation is served."""
    learned = [memory.id for memory in ledger.outcome(taken, verdict).learned]
    before = held_by(bed, grown.parent)
    lost = ledger.lost(verdict)
    after = memories_after(grown.steps, before, learned)
    return Places(before, {level: ids - lost for level, ids in after.items()}, lost)


def decide(
    db: Database,
    bed: Bed,
    grown: Grown,
    exported: ExportReport,
    verdict: Verdict,
    taken: list[Taken],
    placed: Places,
) -> Woken:
    """Serve the new generation, or refuse it, inside the caller's transaction."""
    if taught.holds_what_is_gone(db, bed.diary.night) or _is_barred(db, grown.parent):
        sql = "UPDATE generations SET holds_forgotten = 1 WHERE id = ?"
        db.execute(sql, [grown.generation])
        return _refuse(db, bed, grown, taken, _TAKEN_AWAY)
    reasons = [*verdict.reasons, *_lost(exported, bed.settings.exam.survival)]
    if reasons:
        return _refuse(db, bed, grown, taken, "; ".join(reasons))
    serving = bed.generations.current_id()
    if serving not in (grown.parent, grown.generation):
        return _refuse(db, bed, grown, taken, "another model was chosen while it slept")
    result = ledger.outcome(taken, verdict)
    if not result.learned:
        return _refuse(db, bed, grown, taken, _NOTHING_KNOWN)
    ledger.mark(db, result, night=bed.diary.night, expert=grown.expert)
    ledger.move(db, grown.steps, placed.before, placed.after)
    ledger.relapse(db, placed.lost)
    sql = "UPDATE nights SET generation = ? WHERE id = ?"
    db.execute(sql, [grown.generation, bed.diary.night])
    bed.generations.promote(grown.generation)
    return Woken("learned", "", named(result.learned), named(result.unsure))


def overtaken(bed: Bed, parent: int, taken: list[Taken]) -> Woken | None:
    """The end of a night that failed because what it builds on was forgotten, and is gone.

    None where that is not why.
    """
    with bed.journal.writing() as db:
        if not _is_barred(db, parent):
            return None
        return Woken("refused", _TAKEN_AWAY, (), named(ledger.mark_refused(db, taken)))


def _lost(exported: ExportReport, least: float) -> list[str]:
    """Whether rounding has taken what was learned out of the file that is to be served.

    The exam asks for the same in words; this is measured on the weights, and cannot be lucky.
    """
    if exported.changed == 0 or exported.survival >= least:
        return []
    held = max(0.0, exported.survival)
    return [f"the file holds only {held:.0%} of what was learned ({least:.0%} are needed)"]


def _refuse(db: Database, bed: Bed, grown: Grown, taken: list[Taken], reason: str) -> Woken:
    bed.generations.set_status(grown.generation, "refused")
    left = ledger.mark_refused(db, taken)
    return Woken("refused", reason, (), named(left))


def _is_barred(db: Database, generation: int) -> bool:
    if generation == BASE:
        return False
    sql = "SELECT holds_forgotten FROM generations WHERE id = ?"
    row = db.execute(sql, [generation]).fetchone()
    return row is None or bool(row[0])


def named(memories: list[Taken]) -> tuple[tuple[int, str], ...]:
    """Ids and texts, for the report."""
    return tuple((memory.id, memory.text) for memory in memories)
