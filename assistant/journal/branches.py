"""Branches: regenerating and editing make siblings, and this walks between them."""

from collections.abc import Sequence

from assistant.journal.store import Journal


def siblings(journal: Journal, message_id: int) -> list[int]:
    """The messages that stand in the same place, oldest first, `message_id` among them."""
    sql = (
        "SELECT other.id FROM messages AS this JOIN messages AS other"
        " ON other.conversation_id = this.conversation_id AND other.role = this.role"
        " AND other.parent_id IS this.parent_id WHERE this.id = ? ORDER BY other.id"
    )
    with journal.reading() as db:
        return [row[0] for row in db.execute(sql, [message_id]).fetchall()]


def places(journal: Journal, message_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of those messages that have siblings: which of how many each is, counted from 1."""
    sql = (
        "SELECT this.id, sum(other.id <= this.id), count(*) FROM messages AS this"
        " JOIN messages AS other ON other.conversation_id = this.conversation_id"
        " AND other.role = this.role AND other.parent_id IS this.parent_id"
        " WHERE this.conversation_id = (SELECT conversation_id FROM messages WHERE id = ?)"
        " GROUP BY this.id HAVING count(*) > 1"
    )
    if not message_ids:
        return {}
    with journal.reading() as db:
        rows = db.execute(sql, [message_ids[0]]).fetchall()
    wanted = set(message_ids)
    return {row[0]: (row[1], row[2]) for row in rows if row[0] in wanted}


def newest_leaf(journal: Journal, message_id: int) -> int:
    """Where the newest branch below a message ends; the message itself when nothing follows it."""
    sql = (
        "WITH RECURSIVE below(id) AS (SELECT ? UNION"
        " SELECT messages.id FROM messages JOIN below ON messages.parent_id = below.id)"
        " SELECT max(id) FROM below"
    )
    with journal.reading() as db:
        return int(db.execute(sql, [message_id]).fetchone()[0])
