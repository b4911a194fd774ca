"""What commands work on: this user's folders and journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.paths import Paths

if TYPE_CHECKING:
    from assistant.journal import Journal


def home() -> Paths:
    """This user's folders, made if missing."""
    return Paths.resolve().make()


@contextmanager
def open_journal() -> "Iterator[tuple[Paths, Journal]]":
    """This user's folders and open journal, which agrees with the model that is served."""
    from assistant.generations import Generations
    from assistant.journal import Journal

    paths = home()
    with Journal.open(paths.journal) as journal:
        Generations(paths, journal).settle()
        yield paths, journal
