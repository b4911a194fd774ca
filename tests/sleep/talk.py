"""Messages as they come out of the journal, without a journal."""

from assistant.journal import Message
from assistant.journal.records import Role


def message(number: int, role: Role, text: str, parent: int | None = None) -> Message:
    """A message of conversation 1 on record."""
    time = f"2026-03-01T10:{number:02}:00.000000+00:00"
    return Message(number, 1, parent, role, text, time, None, "complete", False)
