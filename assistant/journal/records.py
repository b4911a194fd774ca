"""What comes out of the journal: plain records, detached from the database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Role = Literal["user", "assistant"]
State = Literal["complete", "streaming", "stopped", "interrupted"]


def now() -> str:
    """This moment as the journal writes times: ISO 8601, UTC, microseconds."""
    return canonical_time(datetime.now(UTC))


def canonical_time(moment: datetime) -> str:
    """`moment` in UTC, always of the same width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def digest(role: str, content: str, created: str) -> str:
    """SHA-256, in hex, of what was said by whom and when: flipped bits in a message show."""
    return hashlib.sha256(f"{role}\0{created}\0{content}".encode()).hexdigest()


@dataclass(frozen=True)
class Message:
    """One message; `parent_id` is the message it answers or follows, None at a beginning."""

    id: int
    conversation_id: int
    parent_id: int | None
    role: Role
    content: str
    created: str
    """ISO 8601, UTC."""
    generation: int | None
    """The model that wrote it; None for the user's messages and imported ones."""
    state: State
    off_record: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Message":
        """From a row of table `messages`."""
        return cls(
            id=row["id"],
            conversation_id=row["conversation_id"],
            parent_id=row["parent_id"],
            role=row["role"],
            content=row["content"],
            created=row["created"],
            generation=row["generation"],
            state=row["state"],
            off_record=bool(row["off_record"]),
        )


@dataclass(frozen=True)
class Conversation:
    """One conversation; `approved` says whether nights may learn from it."""

    id: int
    uuid: str
    title: str
    created: str
    system: str | None
    off_record: bool
    origin: Literal["chat", "import"]
    approved: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Conversation":
        """From a row of table `conversations`."""
        return cls(
            id=row["id"],
            uuid=row["uuid"],
            title=row["title"],
            created=row["created"],
            system=row["system"],
            off_record=bool(row["off_record"]),
            origin=row["origin"],
            approved=bool(row["approved"]),
        )


@dataclass(frozen=True)
class Hit:
    """A message found by search."""

    message: Message
    title: str
    snippet: str
    """The place that matched, the matching words between `[` and `]`."""
    score: float
    """bm25 as SQLite gives it: smaller is better."""
