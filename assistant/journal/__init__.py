"""The journal: everything that was said and learned, in one SQLite file (sqlite-utils).

`Journal` (store.py) is the door; the other modules are functions on it, one concern each:
migrations, full-text search, import and export, checks and backup, deletion, the ledger of
memories, and the nights. Nothing here keeps state outside the file, so that the TUI, `reverie ask`
and a night share it as separate processes.
"""

from assistant.journal.records import Conversation, Hit, Message
from assistant.journal.store import Journal

__all__ = ["Conversation", "Hit", "Journal", "Message"]
