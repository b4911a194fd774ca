"""The exit codes of every Reverie command, in one place."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script may conclude from how a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    """The exam said no: the previous generation stays."""
    NOTHING = 4
    """There was nothing to do."""
    BUSY = 5
    """Another night runs, or another program holds the journal."""
    INTERRUPTED = 130
    """Ctrl-C, as shells report it (128 + SIGINT)."""
