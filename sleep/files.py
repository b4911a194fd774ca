"""Writing big files safely: enough room first, whole or not at all, private, on disk when done."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from assistant.errors import ReverieError

_MARGIN_BYTES = 64 * 2**20
"""Left free on the disk beside what is asked for: the journal must still be able to grow."""


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's contents, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise ReverieError when less than `needed` bytes (and a margin) are free at `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed + _MARGIN_BYTES:
        raise _no_space(folder, purpose, f"{_mib(needed + _MARGIN_BYTES)} are needed, ", free)


@contextmanager
def replacing(target: Path, purpose: str) -> Iterator[IO[bytes]]:
    """Write `target` through a temporary file beside it: it appears whole, 0600, synced, or not.

    `purpose` completes "the disk is full: no room for ..." in the ReverieError that is raised
    when the disk runs full; any other failure to write is a ReverieError too. The temporary file
    is removed on every exit; what a killed process has left of it is overwritten the next time.
    """
    temporary = target.with_name(f".{target.name}.partial")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(target.parent).free
            raise _no_space(target.parent, purpose, "", free) from error
        raise ReverieError(
            f"{purpose} could not be written to {target}: {error.strerror or error}",
            hint="Check that disk, and what files may be on it; nothing was changed.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable (systems that cannot open folders need nothing)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _no_space(folder: Path, purpose: str, needed: str, free: int) -> ReverieError:
    return ReverieError(
        f"the disk is full: no room for {purpose} in {folder} ({needed}{_mib(free)} are free)",
        hint="Free some space, or point REVERIE_HOME at a larger disk; nothing was changed.",
    )


def _mib(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
