"""The conversations as a list to choose from, their titles, and what was typed in them."""

from dataclasses import dataclass

from assistant.journal.store import Journal


@dataclass(frozen=True)
class Listed:
    """One conversation in the list."""

    id: int
    title: str
    last: str
    """When its newest message was said, ISO 8601, UTC."""
    messages: int


def shelf(journal: Journal, limit: int = 500) -> list[Listed]:
    """Conversations with messages, the one talked in last first."""
    sql = (
        "SELECT conversations.id, title, max(messages.created), count(*) FROM conversations"
        " JOIN messages ON messages.conversation_id = conversations.id"
        " GROUP BY conversations.id ORDER BY max(messages.id) DESC LIMIT ?"
    )
    with journal.reading() as db:
        return [Listed(*row) for row in db.execute(sql, [limit]).fetchall()]


def rename(journal: Journal, conversation_id: int, title: str) -> None:
    """Give a conversation another title."""
    with journal.writing() as db:
        db.execute("UPDATE conversations SET title = ? WHERE id = ?", [title, conversation_id])


def set_system(journal: Journal, conversation_id: int, system: str | None) -> None:
    """Give a conversation a system text of its own; None: the one in the settings."""
    with journal.writing() as db:
        db.execute("UPDATE conversations SET system = ? WHERE id = ?", [system, conversation_id])


def typed(journal: Journal, limit: int = 200) -> list[str]:
    """What the user typed on the record, newest first, each text once."""
    sql = (
        "SELECT content FROM messages JOIN conversations"
        " ON conversations.id = messages.conversation_id"
        " WHERE role = 'user' AND messages.off_record = 0 AND origin = 'chat'"
        " GROUP BY content ORDER BY max(messages.id) DESC LIMIT ?"
    )
    with journal.reading() as db:
        return [row[0] for row in db.execute(sql, [limit]).fetchall()]
