"""Everything there is to show about one memory: where it came from, how it is asked, how it did."""

from dataclasses import dataclass

from assistant.journal.memories import Memory, memory
from assistant.journal.records import Message
from assistant.journal.store import Journal


@dataclass(frozen=True)
class Wording:
    """One question on a memory, and the answer that is taught or expected."""

    split: str
    """train: taught; exam: kept back for the exam."""
    question: str
    answer: str


@dataclass(frozen=True)
class Examined:
    """One exam question on a memory with the answers before and after a night."""

    night: int
    question: str
    before: str
    after: str
    right: bool


@dataclass(frozen=True)
class Details:
    """One memory, in full."""

    memory: Memory
    expert: str | None
    """The expert that holds it; None while it is in the prompt."""
    message: Message | None
    context: list[Message]
    """The message it came from, the one before and the one after; empty if added by hand."""
    wordings: list[Wording]
    examined: list[Examined]
    """The newest exams first."""
    replaced_by: int | None
    """The memory that took its place, if it was corrected."""


def details(journal: Journal, memory_id: int) -> Details:
    """One memory in full; raises ReverieError if it does not exist."""
    found = memory(journal, memory_id)
    with journal.reading() as db:
        expert = db.execute("SELECT expert FROM memories WHERE id = ?", [memory_id]).fetchone()[0]
        sql = "SELECT split, question, answer FROM lessons WHERE memory_id = ? ORDER BY id"
        wordings = [Wording(*row) for row in db.execute(sql, [memory_id]).fetchall()]
        sql = (
            "SELECT night_id, question, before, after, passed FROM exam_answers"
            " WHERE memory_id = ? ORDER BY night_id DESC, id"
        )
        rows = db.execute(sql, [memory_id]).fetchall()
        sql = "SELECT id FROM memories WHERE supersedes = ? ORDER BY id DESC"
        newer = db.execute(sql, [memory_id]).fetchone()
    context = _context(journal, found.message_id)
    return Details(
        memory=found,
        expert=expert,
        message=next((each for each in context if each.id == found.message_id), None),
        context=context,
        wordings=wordings,
        examined=[Examined(n, q, b or "", a or "", bool(p)) for n, q, b, a, p in rows],
        replaced_by=None if newer is None else newer[0],
    )


def _context(journal: Journal, message_id: int | None) -> list[Message]:
    if message_id is None:
        return []
    before = journal.thread(message_id)[-2:]
    sql = "SELECT * FROM messages WHERE parent_id = ? ORDER BY id DESC LIMIT 1"
    with journal.reading() as db:
        return [*before, *(Message.of(row) for row in db.query(sql, [message_id]))]
