"""Taking text out of the journal so that it is gone from the file, not only from the lists."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.journal import events
from assistant.journal.records import digest
from assistant.journal.store import Journal

if TYPE_CHECKING:
    from sqlite_utils import Database


_NOT_TAKEN = """
UPDATE stages SET result = json_set(result, '$.rejected', json('[]'))
WHERE name = 'recall' AND result NOT NULL AND night_id IN (
    SELECT id FROM nights AS this
    WHERE upto_message >= (SELECT min(id) FROM messages WHERE conversation_id = :conversation)
    AND (SELECT coalesce(max(upto_message), 0) FROM nights WHERE id < this.id)
        < (SELECT max(id) FROM messages WHERE conversation_id = :conversation))
"""
"""Sentences that recall has noted as not taken, with the reason, in the nights that read it."""


@dataclass(frozen=True)
class Deleted:
    """What deleting a conversation took, and what it could not."""

    messages: int
    dropped: list[int]
    """Memories that were waiting for a night; they went with their message."""
    learned: list[int]
    """Memories that are in the weights; they stay until they are forgotten."""


def delete_conversation(journal: Journal, conversation_id: int) -> Deleted:
    """Delete a conversation, its messages, and memories from it that no night has learned yet.

    What nights have read in it and not taken goes, too; what they wrote about memories stays until
    those are forgotten.

    Call `scrub` afterwards. Raises ReverieError if there is no such conversation.
    """
    journal.conversation(conversation_id)
    among = (
        "SELECT memories.id FROM memories JOIN messages ON messages.id = memories.message_id"
        " WHERE conversation_id = ? AND coalesce(level, 0)"
    )
    with journal.writing() as db:
        learned = [row[0] for row in db.execute(f"{among} > 0", [conversation_id]).fetchall()]
        dropped = [row[0] for row in db.execute(f"{among} = 0", [conversation_id]).fetchall()]
        for memory_id in dropped:
            events.untell(db, memory_id)
            db.execute("DELETE FROM memories WHERE id = ?", [memory_id])
        db.execute(_NOT_TAKEN, {"conversation": conversation_id})
        sql = "DELETE FROM messages WHERE conversation_id = ?"
        count = db.execute(sql, [conversation_id]).rowcount
        db.execute("DELETE FROM conversations WHERE id = ?", [conversation_id])
        db.execute("DELETE FROM drafts WHERE conversation_id = ?", [conversation_id])
    return Deleted(count, dropped, learned)


def delete_message(db: "Database", message_id: int) -> None:
    """Delete one message inside the caller's transaction; what followed it follows its parent."""
    parent = "(SELECT parent_id FROM messages WHERE id = ?)"
    sql = f"UPDATE messages SET parent_id = {parent} WHERE parent_id = ?"
    db.execute(sql, [message_id, message_id])
    db.execute("DELETE FROM messages WHERE id = ?", [message_id])


def rewrite_message(db: "Database", message_id: int, content: str) -> None:
    """Let a message say something else, inside the caller's transaction; its digest follows."""
    sql = "SELECT role, created, state FROM messages WHERE id = ?"
    role, created, state = db.execute(sql, [message_id]).fetchone()
    sealed = None if state == "streaming" else digest(role, content, created)
    sql = "UPDATE messages SET content = ?, digest = ? WHERE id = ?"
    db.execute(sql, [content, sealed, message_id])


def scrub(journal: Journal) -> bool:
    """Remove the traces of deleted text: search index, free pages, write-ahead log.

    Returns False if another program's reading kept the log from being emptied; its last pages then
    go when that program closes the journal.
    """
    with journal.reading() as db:
        # secure_delete zeroes rows, but words stay in index segments until they are merged.
        db.execute("INSERT INTO messages_fts(messages_fts) VALUES ('rebuild')")
        db.execute("VACUUM")
        busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy == 0
