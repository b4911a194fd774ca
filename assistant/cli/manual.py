"""The man page, made from the commands themselves. Format: man(7), groff_man(7)."""

from __future__ import annotations

from collections.abc import Iterator

import click

from assistant import __version__
from assistant.cli.docs import CODES, commands

_FILES = (
    ("settings.toml", "Settings; see 'reverie config show'."),
    ("journal.db", "Conversations, memories and nights (SQLite)."),
    ("generations/", "One folder for every model that a night has made."),
)
_ENVIRONMENT = (
    ("REVERIE_HOME", "A folder that holds everything, instead of the places above."),
    ("REVERIE_TABLE__NAME", "A setting; REVERIE_CHAT__TEMPERATURE is chat.temperature."),
    ("HF_TOKEN", "Sent to the hub by 'reverie models pull', and by nothing else."),
)


def page() -> str:
    """The whole page, as roff."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    found = list(commands())
    _, main, outermost = found[0]
    yield f'.TH REVERIE 1 "" "Reverie {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"reverie \- a personal assistant that sleeps"
    yield ".SH SYNOPSIS"
    yield r".B reverie"
    yield r"[\fICOMMAND\fR] [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(main.help or "")
    yield ".SH OPTIONS"
    yield from _options(main, outermost)
    yield ".SH COMMANDS"
    for name, command, context in found[1:]:
        pieces = command.collect_usage_pieces(context)
        yield f'.SS "{_escaped(" ".join([name, *pieces]))}"'
        yield from _paragraphs(command.help or "")
        yield from _options(command, context)
    yield ".SH EXIT STATUS"
    for code, meaning in CODES.items():
        yield from _item(str(code.value), meaning)
    for title, rows in (("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT)):
        yield f".SH {title}"
        if title == "FILES":
            yield _text("'reverie paths' prints the folders that hold:")
        for name, meaning in rows:
            yield from _item(name, meaning)


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ".PP"
        yield _text(" ".join(paragraph.split()))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            yield from _item(*record)


def _item(name: str, meaning: str) -> Iterator[str]:
    yield ".TP"
    yield rf"\fB{_escaped(name)}\fR"
    yield _text(" ".join(meaning.split()))


def _text(line: str) -> str:
    """A line of text; one that begins like a request would not be printed."""
    escaped = _escaped(line)
    return rf"\&{escaped}" if escaped[:1] in (".", "'") else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
