"""Errors that a person can act on: what happened, why, and what to do about it.

Everything that can go wrong in ordinary use is raised as a `ReverieError`; the command line prints
it as one sentence plus the hint and exits with its code. Anything else is a bug and goes to a log.
"""

from typing import ClassVar

from assistant.exit_codes import ExitCode


class ReverieError(Exception):
    """Something went wrong that was foreseen; `hint` says what to do."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Message and hint as one line of sentences."""
        message = self.message.rstrip()
        if not self.hint:
            return message
        if message[-1:] not in ".!?":
            message += "."
        return f"{message} {self.hint}"


class UsageError_(ReverieError):
    """The command was called in a way that makes no sense (`UsageError` is click's)."""

    exit_code = ExitCode.USAGE


class SettingsError(ReverieError):
    """A setting is unknown or has a value that is not allowed."""

    exit_code = ExitCode.USAGE


class RefusedError(ReverieError):
    """The exam, or a safety rule, said no."""

    exit_code = ExitCode.REFUSED


class NothingToDo(ReverieError):
    """There was nothing to do: an answer, not a failure."""

    exit_code = ExitCode.NOTHING


class BusyError(ReverieError):
    """Somebody else holds what is needed: another night, or another program on the journal."""

    exit_code = ExitCode.BUSY


class Interrupted(ReverieError):
    """The user said stop: asked for, not a failure."""

    exit_code = ExitCode.INTERRUPTED
