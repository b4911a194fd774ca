"""Writes docs/commands.md, the help of every command; run it with `python -m assistant.cli.docs`.

A test fails when the file is not what this writes.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from assistant.cli.main import cli
from assistant.exit_codes import ExitCode

FILE = Path(__file__).parents[2] / "docs" / "commands.md"

_HEAD = """\
# Commands

Written by `python -m assistant.cli.docs` from the commands themselves; do not edit.

Results go to stdout, everything else to stderr. Exit codes:

"""

CODES = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "wrong usage or settings",
    ExitCode.REFUSED: "refused: the exam, or a safety rule, said no",
    ExitCode.NOTHING: "nothing to do",
    ExitCode.BUSY: "busy: another night runs, or another program holds the journal",
    ExitCode.INTERRUPTED: "interrupted",
}


def commands(
    command: click.Command = cli, name: str = "reverie", parent: click.Context | None = None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command with its full name and a context to render its help in, parents first."""
    context = click.Context(
        command, parent, info_name=name, terminal_width=90, **cli.context_settings
    )
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None  # it was listed
            yield from commands(found, child, context)


def text() -> str:
    """The whole file."""
    codes = "".join(f"- {code.value}: {meaning}\n" for code, meaning in CODES.items())
    parts = [
        f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"
        for name, command, context in commands()
    ]
    return _HEAD + codes + "\n" + "\n".join(parts)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
