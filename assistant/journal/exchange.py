"""The exchange format of conversations: read and checked without touching the journal.

    {"conversations": [{"title": "...", "messages": [
        {"role": "user" | "assistant", "content": "...", "time": "2026-11-23T15:22:00Z"}]}]}

Times are ISO 8601; one without a zone is UTC. Optional, and written only where they say something:
of a message `parent` (the place in this list of the message it follows; null: a beginning; missing:
the one before), `state` and `off_record`; of a conversation `system` and `off_record`. Other keys
are ignored, so that files of other programs can carry more. A conversation without messages holds
nothing and is skipped.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from assistant.errors import ReverieError
from assistant.journal.records import Role, canonical_time

FORMAT_HINT = (
    'The format is {"conversations": [{"title": ..., "messages": [{"role": "user" or "assistant", '
    '"content": ..., "time": ISO 8601}]}]}. Nothing was imported.'
)

T = TypeVar("T")
Parent = int | None | msgspec.UnsetType


class FileMessage(msgspec.Struct, omit_defaults=True):
    """One message as it stands in a file."""

    role: Role
    content: str
    time: str
    parent: Parent = msgspec.UNSET
    state: Literal["complete", "stopped", "interrupted"] | msgspec.UnsetType = msgspec.UNSET
    off_record: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two messages the same one: who said what, when."""
        return (self.role, self.content, self.time)


class FileConversation(msgspec.Struct, omit_defaults=True):
    """One conversation as it stands in a file."""

    title: str
    messages: list[FileMessage]
    system: str | None = None
    off_record: bool = False

    @property
    def key(self) -> list[tuple[str, str, str]]:
        """What makes two conversations the same one; not the title, which people change."""
        return [message.key for message in self.messages]


class _Head(msgspec.Struct):
    """A conversation whose messages are not yet looked at."""

    messages: list[Any]
    title: str = ""
    system: str | None = None
    off_record: bool = False


def read(path: Path) -> list[FileConversation]:
    """The conversations in the file at `path`, times canonical.

    Raises ReverieError that names the first place which is not in the format.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReverieError(
            f"{path} cannot be read: {error.strerror}", "Check the name and its mode."
        ) from error
    return parse(data, path.name)


def parse(data: bytes, name: str) -> list[FileConversation]:
    """`read`, for a file's bytes; `name` is what errors call the file."""
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReverieError(f"{name} is not valid JSON (UTF-8): {error}", FORMAT_HINT) from error
    if not isinstance(document, dict) or not isinstance(document.get("conversations"), list):
        raise ReverieError(f"{name}: 'conversations' is missing or not a list", FORMAT_HINT)
    conversations = (
        _conversation(entry, f"{name}: conversations[{number}]")
        for number, entry in enumerate(document["conversations"])
    )
    return [conversation for conversation in conversations if conversation.messages]


def _conversation(entry: Any, place: str) -> FileConversation:
    head = _convert(entry, _Head, place)
    _check_text(head.title, f"{place}.title")
    _check_text(head.system or "", f"{place}.system")
    messages = [
        _message(message, number, f"{place}.messages[{number}]")
        for number, message in enumerate(head.messages)
    ]
    return FileConversation(head.title, messages, head.system, head.off_record)


def _message(entry: Any, number: int, place: str) -> FileMessage:
    message = _convert(entry, FileMessage, place)
    _check_text(message.content, f"{place}.content")
    if isinstance(message.parent, int) and not 0 <= message.parent < number:
        raise ReverieError(
            f"{place}.parent is {message.parent}, but must be the place of an earlier message",
            FORMAT_HINT,
        )
    message.time = _time(message.time, f"{place}.time")
    return message


def _convert(entry: Any, kind: type[T], place: str) -> T:
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise ReverieError(f"{place}{where.rstrip('`')}: {what}", FORMAT_HINT) from error


def _time(text: str, place: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = datetime.fromisoformat(f"{moment.isoformat()}+00:00")
        return canonical_time(moment)
    except (ValueError, OverflowError) as error:
        raise ReverieError(f"{place} is {text!r}, not an ISO 8601 time", FORMAT_HINT) from error


def _check_text(text: str, place: str) -> None:
    # JSON can escape half a character (\ud800); it is not text and cannot be stored as UTF-8.
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ReverieError(f"{place} holds a broken character (a lone surrogate)", FORMAT_HINT)


def write(conversations: Iterator[FileConversation]) -> Iterator[str]:
    """The file's text in pieces, a conversation each, so that a large journal needs no memory."""
    yield '{"conversations": ['
    for number, conversation in enumerate(conversations):
        yield ("," if number else "") + "\n"
        yield msgspec.json.format(msgspec.json.encode(conversation), indent=2).decode()
    yield "\n]}\n"
