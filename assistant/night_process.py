"""A night is another process: how to start one that outlives this program, and how to stop one."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import ReverieError
from assistant.paths import Paths


def command(arguments: Sequence[str]) -> list[str]:
    """The command line of `python -m sleep ARGUMENTS`."""
    # Not from the current folder (-P), but from where this very program was found.
    return [sys.executable, "-P", "-m", "sleep", *arguments]


def environment() -> dict[str, str]:
    """This process's environment, in which the night is found where this program was."""
    searched = [os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[1])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, searched))}


class NightProcess:
    """A night started from here, in a session of its own: closing the terminal does not end it."""

    def __init__(self, paths: Paths, arguments: Sequence[str]) -> None:
        # What it learned goes into the journal and nowhere else; only complaints are kept, until
        # the next start.
        self._log = paths.logs_dir / "night-errors.log"
        with self._log.open("wb") as errors:
            self._process = subprocess.Popen(
                command(arguments),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def ended(self) -> int | None:
        """The exit code once it has ended; until somebody asks, an ended child still has a pid."""
        return self._process.poll()

    def complaint(self) -> str:
        """The last line it wrote on stderr."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].removeprefix("reverie: ") if lines else ""


def stop(pid: int) -> None:
    """Ask a running night to end, as Ctrl-C does; it closes its books first.

    Not by SIGINT: a program that was started in the background has it ignored, and its children.
    """
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise ReverieError(
            f"The night runs as process {pid} of another user", "Stop it from there."
        ) from error
