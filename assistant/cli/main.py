"""The `reverie` command: finds the subcommand, and turns how it ended into an exit code."""

import assistant.quiet  # noqa: F401, I001 - before anything that it silences

import importlib
import os
import sys
from collections.abc import Sequence

import click

from assistant import __version__
from assistant.cli import output
from assistant.errors import ReverieError
from assistant.exit_codes import ExitCode
from assistant.paths import Paths, private_umask

COMMANDS = {
    "ask": "ask:ask",
    "demo": "night:demo",
    "sleep": "night:sleep",
    "status": "status:status",
    "nights": "nights:nights",
    "memories": "memories:memories",
    "models": "models:models",
    "exam": "night:exam",
    "bench": "night:bench",
    "schedule": "schedule:schedule",
    "journal": "journal:journal",
    "config": "config:config",
    "doctor": "doctor:doctor",
    "paths": "config:paths",
}
"""Subcommand -> where it is, in the order of the help."""


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"assistant.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # or the table above is wrong
        return command


@click.command(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="reverie")
@click.option("--plain", is_flag=True, help="Talk in lines of text: for screen readers.")
@click.pass_context
def cli(context: click.Context, plain: bool) -> int | None:
    """A personal assistant that lives on this machine and learns while you are away.

    Without a command: the terminal screens.
    """
    if context.invoked_subcommand is not None:
        return None
    # Not an import statement: waking life starts the screens, but is built without them.
    screens = importlib.import_module("tui.plain" if plain else "tui.app")
    return int(screens.run() or ExitCode.DONE)


def main() -> None:
    """Entry point of the `reverie` script."""
    private_umask()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong becomes one sentence."""
    try:
        result = cli.main(list(arguments), prog_name="reverie", standalone_mode=False)
        sys.stdout.flush()
        return int(result or ExitCode.DONE)
    except BrokenPipeError:
        # The reader of a pipe has left (`| head`). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except (click.Abort, KeyboardInterrupt):
        output.complain("Interrupted.")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        output.complain(_usage_text(error))
        return error.exit_code
    except ReverieError as error:
        output.complain(str(error))
        return error.exit_code
    except Exception as error:
        return _unforeseen(error)


def _usage_text(error: click.ClickException) -> str:
    text = error.format_message().rstrip(".") + "."
    context = getattr(error, "ctx", None)
    return f"{text} See '{context.command_path} --help'." if context else text


def _unforeseen(error: Exception) -> int:
    """A journal that fails in the middle of a query is explained; anything else is a bug."""
    import sqlite3

    from assistant.journal.connection import explain, is_ours

    if isinstance(error, sqlite3.DatabaseError) and not is_ours(error):
        explained = explain(error, Paths.resolve().journal)
        output.complain(str(explained))
        return explained.exit_code
    return _log(error)


def _log(error: Exception) -> int:
    """A bug: one line for the user, the traceback into a log file."""
    import traceback
    from datetime import UTC, datetime

    summary = f"Unexpected error ({type(error).__name__}: {error})"
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    try:
        log = Paths.resolve().make().logs_dir / f"crash-{stamp}-{os.getpid()}.log"
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except (OSError, ReverieError) as second:
        output.complain(f"{summary}; and no log of it could be written: {second}")
    else:
        output.complain(f"{summary}. Details: {log}")
    return ExitCode.FAILED


if __name__ == "__main__":
    main()
