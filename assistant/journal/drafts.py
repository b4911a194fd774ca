"""What was typed and not yet sent, by conversation (0: a new one): a crash does not take it.

Drafts off the record are the caller's to keep away: here everything is on disk.
"""

from assistant.journal.records import now
from assistant.journal.store import Journal


def save_draft(journal: Journal, conversation_id: int, text: str) -> None:
    """Keep `text` as the draft of a conversation; an empty one takes the draft away."""
    with journal.writing() as db:
        if text.strip():
            db.execute(
                "INSERT OR REPLACE INTO drafts (conversation_id, text, updated) VALUES (?, ?, ?)",
                [conversation_id, text, now()],
            )
        else:
            db.execute("DELETE FROM drafts WHERE conversation_id = ?", [conversation_id])


def draft(journal: Journal, conversation_id: int) -> str:
    """The draft of a conversation, empty when there is none."""
    with journal.reading() as db:
        sql = "SELECT text FROM drafts WHERE conversation_id = ?"
        row = db.execute(sql, [conversation_id]).fetchone()
    return "" if row is None else str(row[0])
