"""The one place where programs of the operating system are called; tests put a recorder here."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

MISSING = 127
"""The exit code of a program that is not there, as shells report it."""
_SLOW = 124


@dataclass(frozen=True)
class Ran:
    """How a program ended, and what it said."""

    code: int
    out: str = ""
    err: str = ""


def run(*command: str, seconds: float = 10.0) -> Ran:
    """Run a program to its end; one that is missing or takes longer ends with a code as well."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ran(_SLOW, err=f"{command[0]} did not answer")
    except OSError as error:
        return Ran(MISSING, err=f"{command[0]} cannot be started: {error.strerror}")
    return Ran(done.returncode, done.stdout, done.stderr)


def platform() -> str:
    """`sys.platform`: linux, darwin or win32."""
    return sys.platform


def start(*command: str) -> Callable[[], None] | None:
    """Start a program that ends when its input does; returns what ends it, None if it is missing.

    Its input is a pipe that only this process holds: however this process ends, so does the other.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None

    def end() -> None:
        process.terminate()
        process.communicate()

    return end
