"""One night at a time: a lock on a file, which the system gives back when its process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import BusyError


@contextmanager
def only_night(path: Path) -> Iterator[None]:
    """Hold the lock; BusyError when another process has it. A kill -9 leaves no lock behind."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise BusyError(
                "Another night runs already", "'reverie status' shows how far it is."
            ) from taken
        yield
    finally:
        os.close(descriptor)
