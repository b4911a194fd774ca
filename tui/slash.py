"""Slash commands and their completion: what can be typed after a / in the composer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Slash:
    """One command: its name, what follows it, and what it does."""

    name: str
    argument: str
    help: str


SLASHES: Final = (
    Slash("new", "", "Begin a new conversation"),
    Slash("search", "WORDS", "Find a message and jump to it"),
    Slash("again", "", "Have the last message answered once more"),
    Slash("edit", "", "Change the last message and send it again"),
    Slash("copy", "", "Copy the last reply"),
    Slash("code", "", "Copy the last code block"),
    Slash("attach", "FILE", "Send a text file along with the next message"),
    Slash("off", "", "Talk off the record, or on it again"),
    Slash("system", "", "Change the system text of this conversation"),
    Slash("persona", "NAME", "Take one of your personas as the system text"),
    Slash("title", "TEXT", "Give this conversation another title"),
    Slash("delete", "", "Delete this conversation"),
    Slash("sleep", "", "Go to the night: start it, stop it, watch it"),
    Slash("memories", "", "See what it knows"),
    Slash("nights", "", "See what the nights did"),
    Slash("compare", "", "Ask two generations the same question"),
    Slash("demo", "", "Watch a written day and its night, in a few minutes"),
    Slash("help", "", "Show every key and command"),
    Slash("quit", "", "Leave; a night goes on"),
)

_MOST: Final = 8


@dataclass(frozen=True)
class Suggestion:
    """What the text in the composer would become, and how that is shown."""

    text: str
    label: str
    help: str
    whole: bool
    """Nothing more needs to be typed."""


def parse(text: str) -> tuple[str, str] | None:
    """(name, argument) of a slash command, or None for a message.

    A message may begin with a slash after a space.
    """
    if not text.startswith("/") or "\n" in text.strip():
        return None
    name, _, argument = text[1:].strip().partition(" ")
    return name, argument.strip()


def suggest(text: str, personas: Iterable[str], home: Path) -> list[Suggestion]:
    """How the text could go on; empty when it is no command or is whole."""
    found = parse(text)
    if found is None:
        return []
    name, argument = found
    if " " not in text:
        return [
            Suggestion(
                f"/{each.name} " if each.argument else f"/{each.name}",
                f"/{each.name} {each.argument}".rstrip(),
                each.help,
                not each.argument,
            )
            for each in SLASHES
            if each.name.startswith(name)
        ]
    if name == "attach":
        return list(_files(argument, home))[:_MOST]
    if name == "persona":
        names = (each for each in personas if each.lower().startswith(argument.lower()))
        return [Suggestion(f"/persona {each}", each, "", True) for each in names][:_MOST]
    return []


def _files(typed: str, home: Path) -> Iterable[Suggestion]:
    """Files and folders that begin with what was typed; `home` is where typing starts."""
    folder, _, start = typed.rpartition("/")
    place = home / Path(f"{folder}/").expanduser() if folder or typed.startswith("/") else home
    try:
        entries = sorted(place.iterdir(), key=lambda path: path.name.lower())
    except OSError:
        return
    for path in entries:
        if not path.name.startswith(start) or (path.name.startswith(".") and not start):
            continue
        name = f"{folder}/{path.name}" if "/" in typed else path.name
        ending = "/" if path.is_dir() else ""
        yield Suggestion(f"/attach {name}{ending}", f"{path.name}{ending}", "", path.is_file())
