"""What the screens show of nights beside their reports: answers, dreams, manifests, what waits."""

from dataclasses import dataclass
from typing import Any

from assistant.journal.store import Journal


@dataclass(frozen=True)
class Answered:
    """One exam question of a night with the answers before and after."""

    part: str
    question: str
    before: str
    after: str
    right: bool
    memory_id: int | None


@dataclass(frozen=True)
class Dreamt:
    """One dream of a night, and what became of it."""

    round: int
    text: str
    state: str
    reason: str | None
    memory_ids: list[int]


def answers(journal: Journal, night: int) -> list[Answered]:
    """The exam of a night, question by question."""
    sql = (
        "SELECT part, question, before, after, passed, memory_id FROM exam_answers"
        " WHERE night_id = ? ORDER BY id"
    )
    with journal.reading() as db:
        rows = db.execute(sql, [night]).fetchall()
    return [Answered(p, q, b or "", a or "", bool(r), m) for p, q, b, a, r, m in rows]


def dreams(journal: Journal, night: int) -> list[Dreamt]:
    """The dreams of a night, in the order they came."""
    sql = "SELECT id, round, text, state, reason FROM dreams WHERE night_id = ? ORDER BY id"
    among = "SELECT memory_id FROM dream_memories WHERE dream_id = ? ORDER BY memory_id"
    with journal.reading() as db:
        return [
            Dreamt(n, text, state, why, [each[0] for each in db.execute(among, [id_]).fetchall()])
            for id_, n, text, state, why in db.execute(sql, [night]).fetchall()
        ]


@dataclass(frozen=True)
class Unslept:
    """What was said since the last night that read the journal."""

    messages: int
    oldest: str | None
    """When the first of them was said, ISO 8601, UTC."""


def unslept(journal: Journal) -> Unslept:
    """The user's messages that no night has read yet."""
    with journal.reading() as db:
        read = db.execute("SELECT coalesce(max(upto_message), 0) FROM nights").fetchone()[0]
    said = [message.created for message in journal.since(read) if message.role == "user"]
    return Unslept(len(said), said[0] if said else None)


def manifests(journal: Journal) -> dict[int, dict[str, Any]]:
    """What every generation's manifest says, by its number."""
    import msgspec

    with journal.reading() as db:
        rows = db.execute("SELECT id, manifest FROM generations").fetchall()
    return {number: msgspec.json.decode(text) for number, text in rows}


def waiting(journal: Journal) -> int:
    """How many memories are in the prompt and not in the weights."""
    sql = "SELECT count(*) FROM memories WHERE state IN ('waiting', 'refused', 'shaky')"
    with journal.reading() as db:
        return int(db.execute(sql).fetchone()[0])


def postponed(found: dict[str, Any]) -> list[str]:
    """What a night with this report left for another one, in sentences."""
    lines = []
    count = found.get("waiting", 0)
    if count:
        these = "1 thing waits" if count == 1 else f"{count} things wait"
        lines.append(f"{these} for another night; there was no time.")
    for level in found.get("put_off", []):
        lines.append(f"What moves into the {level} does so another night; there was no time.")
    return lines
