"""What nights write into the journal: memories with their lessons, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from assistant.journal import Journal
from assistant.journal.memories import Memory, memories
from assistant.journal.records import now
from sleep.confidential import without_secrets
from sleep.exam import Verdict
from sleep.levels import Step
from sleep.memory import Fact, Heard, Known, Lesson

if TYPE_CHECKING:
    from sqlite_utils import Database

UNLEARNED = ("waiting", "refused", "shaky")
"""States of what a night takes up; all of it is in the prompt until then."""
NEW = ("waiting",)
"""And of what a nap takes up."""


@dataclass(frozen=True)
class Taken:
    """A memory that tonight is about, with its lessons and the words that it makes wrong."""

    id: int
    text: str
    lessons: tuple[Lesson, ...]
    reject: tuple[str, ...]

    def split(self, name: str) -> list[Lesson]:
        """Lessons of one split, train or exam."""
        return [lesson for lesson in self.lessons if lesson.split == name]


def known(journal: Journal) -> list[Known]:
    """Every memory that still counts, for recall to find what a correction supersedes."""
    held = memories(journal, ["learned", "proposed", *UNLEARNED])
    return [Known(m.id, m.text, m.subject, m.answer) for m in held]


def by_hand(journal: Journal) -> list[Heard]:
    """Memories the user added as sentences, to be read like messages; ids are negative.

    A secret among them stays in the prompt.
    """
    added = [m for m in memories(journal, ["waiting"]) if not m.questions and not _secret(m)]
    return [Heard(-m.id, m.text, None, 0, m.created) for m in added]


def _secret(memory: Memory) -> bool:
    return without_secrets(memory.text) != memory.text


def store(
    db: Database, facts: Sequence[Fact], sources: dict[int, str], state: str = "waiting"
) -> list[int]:
    """Enter what recall found, inside the caller's transaction; ids of the memories.

    What the user has deleted or forgotten while recall ran is left out. `state` is waiting or
    proposed; what the user has added by hand is approved already.
    """
    there = [fact for fact in facts if _still_there(db, fact.message_id)]
    return [_store(db, fact, sources, state) for fact in there]


def _still_there(db: Database, source: int) -> bool:
    """Whether a message, or (as a negative number) a memory added by hand, is still to be read."""
    sql = "SELECT 1 FROM messages WHERE id = ?"
    if source < 0:
        source, sql = -source, "SELECT 1 FROM memories WHERE id = ? AND state = 'waiting'"
    return db.execute(sql, [source]).fetchone() is not None


def _store(db: Database, fact: Fact, sources: dict[int, str], state: str) -> int:
    if fact.message_id < 0 and _is_bare(db, -fact.message_id):
        memory_id = -fact.message_id
        db.execute(
            "UPDATE memories SET text = ?, subject = ?, answer = ?, contradicts = ? WHERE id = ?",
            [fact.text, fact.subject, fact.answer, _json(fact.contradicts), memory_id],
        )
    else:
        cursor = db.execute(
            "INSERT INTO memories (text, subject, answer, state, level, message_id, source,"
            " supersedes, contradicts, reason, created)"
            " VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)",
            [
                *(fact.text, fact.subject, fact.answer, state),
                fact.message_id if fact.message_id > 0 else None,
                *(sources.get(fact.message_id, fact.source), fact.supersedes),
                *(_json(fact.contradicts), fact.why, now()),
            ],
        )
        assert cursor.lastrowid is not None  # an INSERT that did not raise has made a row
        memory_id = cursor.lastrowid
    if fact.supersedes is not None and (fact.message_id < 0 or state == "waiting"):
        db.execute("UPDATE memories SET state = 'superseded' WHERE id = ?", [fact.supersedes])
    for lesson in fact.lessons:
        db.execute(
            "INSERT INTO lessons (memory_id, split, kind, question, answer, expect)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                *(memory_id, lesson.split, lesson.kind, lesson.question, lesson.answer),
                _json(lesson.expect),
            ],
        )
    return memory_id


def _json(words: Sequence[str]) -> str:
    return msgspec.json.encode(words).decode()


def _is_bare(db: Database, memory_id: int) -> bool:
    sql = "SELECT count(*) FROM lessons WHERE memory_id = ?"
    return bool(db.execute(sql, [memory_id]).fetchone()[0] == 0)


def take(journal: Journal, states: Sequence[str] = UNLEARNED) -> list[Taken]:
    """Memories in these states that have lessons to be taught."""
    return [taken for m in memories(journal, states) if (taken := _taken(journal, m)).lessons]


def _taken(journal: Journal, memory: Memory) -> Taken:
    sql = "SELECT question, answer, expect, kind, split FROM lessons WHERE memory_id = ?"
    with journal.reading() as db:
        rows = db.execute(sql, [memory.id]).fetchall()
        wrong = db.execute("SELECT contradicts FROM memories WHERE id = ?", [memory.id]).fetchone()
    lessons = tuple(
        Lesson(q, a, tuple(msgspec.json.decode(expect)), kind, split)
        for q, a, expect, kind, split in rows
    )
    return Taken(memory.id, memory.text, lessons, tuple(msgspec.json.decode(wrong[0])))


@dataclass(frozen=True)
class Outcome:
    """What became of tonight's memories: known by heart, or not sure of."""

    learned: list[Taken]
    unsure: list[Taken]


def outcome(taken: Sequence[Taken], verdict: Verdict) -> Outcome:
    """By heart is what the exam answered at least half of, rounded up; all of it from the file."""
    learned: list[Taken] = []
    unsure: list[Taken] = []
    for memory in taken:
        right, asked = verdict.shares(memory.id)
        (learned if asked and 2 * right >= asked else unsure).append(memory)
    return Outcome(learned, unsure)


def mark(db: Database, result: Outcome, *, night: int, expert: str) -> None:
    """Write the outcome of a night that passed, inside the caller's transaction.

    What the user has rejected, corrected or forgotten while the night ran stays so.
    """
    states = ", ".join(f"'{state}'" for state in UNLEARNED)
    for state, level, found in (("learned", 1, result.learned), ("shaky", 0, result.unsure)):
        for memory in found:
            db.execute(
                "UPDATE memories SET state = ?, level = ?, night = ?, expert = ?"
                f" WHERE id = ? AND state IN ({states})",
                [state, level, night, expert, memory.id],
            )


def move(
    db: Database,
    steps: Sequence[Step],
    before: Mapping[int, Collection[int]],
    after: Mapping[int, Collection[int]],
) -> None:
    """Note which memories are in which level and expert now, inside the caller's transaction.

    before, after: level -> ids of the memories it held and holds.
    """
    for step in steps:
        stayed = () if step.continues else before.get(step.level, ())
        for memory in sorted({*after.get(step.level, ())} - {*stayed}):
            db.execute(
                "UPDATE memories SET level = ?, expert = ? WHERE id = ? AND state = 'learned'",
                [step.level, step.expert, memory],
            )


def lost(verdict: Verdict) -> set[int]:
    """Memories of earlier nights that were known and no longer are, by the exam."""
    return {
        answer.memory_id
        for answer in verdict.answers
        if answer.part == "old" and answer.was_right and not answer.right
        if answer.memory_id is not None
    }


def relapse(db: Database, ids: Iterable[int]) -> None:
    """Put memories that were lost back into the prompt; the next night takes them up again."""
    for memory in sorted(ids):
        db.execute(
            "UPDATE memories SET state = 'shaky', level = 0 WHERE id = ? AND state = 'learned'",
            [memory],
        )


def mark_refused(db: Database, taken: Iterable[Taken]) -> list[Taken]:
    """A refused night changes no memory but its state: all stay in the prompt.

    Returns those that still count: the user may have forgotten others while the night ran.
    """
    left = []
    for memory in taken:
        db.execute(
            "UPDATE memories SET state = 'refused' WHERE id = ? AND state = 'waiting'", [memory.id]
        )
        row = db.execute("SELECT state FROM memories WHERE id = ?", [memory.id]).fetchone()
        if row is not None and row[0] in UNLEARNED:
            left.append(memory)
    return left


def keep_answers(db: Database, night: int, verdict: Verdict) -> Verdict:
    """Every exam question with the answers before and after.

    Returns the verdict without the questions on memories that were taken away while it was made.
    """
    sql = "SELECT id FROM memories WHERE state <> 'forgotten'"
    there = {None, *(row[0] for row in db.execute(sql).fetchall())}
    answers = tuple(graded for graded in verdict.answers if graded.memory_id in there)
    db.execute("DELETE FROM exam_answers WHERE night_id = ?", [night])  # an earlier exam's
    for graded in answers:
        db.execute(
            "INSERT INTO exam_answers (night_id, part, question, expected, before, after, passed,"
            " memory_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(night, graded.part, graded.question),
                _json(graded.expected),
                *(graded.before, graded.after, int(graded.right), graded.memory_id),
            ],
        )
    return msgspec.structs.replace(verdict, answers=answers)
