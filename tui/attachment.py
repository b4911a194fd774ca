"""A text file that goes along with a message."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.errors import ReverieError

LARGEST: Final = 200_000
"""Bytes; no window of a local model holds more."""


PASTED: Final = 10_000
"""Characters: more than these, pasted, go along as they are instead of into the input line."""


@dataclass(frozen=True)
class Attachment:
    """The file's name and text."""

    name: str
    text: str

    @property
    def size(self) -> str:
        """How long it is, for people."""
        lines = self.text.count("\n") + 1
        return f"{lines:,} lines" if lines > 1 else f"{len(self.text):,} characters"

    def as_message(self) -> str:
        """How the model reads it: quoted, which also keeps nights from taking it for talk."""
        fence = "```"
        while fence in self.text:
            fence += "`"
        return f"{self.name}:\n{fence}\n{self.text.rstrip()}\n{fence}"


def read(path: Path) -> Attachment:
    """The text file at `path`; raises ReverieError for what is none."""
    try:
        data = path.expanduser().read_bytes()
    except OSError as error:
        raise ReverieError(f"{path} cannot be read: {error.strerror}", "Check the name.") from error
    _check(path.name, data)
    try:
        return Attachment(path.name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ReverieError(
            f"{path.name} is not a text file (UTF-8)", "Only text can go along."
        ) from error


def pasted(text: str) -> Attachment:
    """Text from the clipboard; raises ReverieError for more than any model could read."""
    _check("What was pasted", text.encode(errors="replace"))
    return Attachment("pasted text", text)


def _check(what: str, data: bytes) -> None:
    if len(data) > LARGEST:
        raise ReverieError(
            f"{what} has {len(data):,} bytes; at most {LARGEST:,} can be sent along",
            "Cut out the part that matters.",
        )
