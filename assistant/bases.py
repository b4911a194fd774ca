"""Base models: checked before one is chosen, and switched without losing anything.

Generations belong to the base they were made from, by its hash. Switching serves the generation
that was served on the other base last, or that base itself; what its nights did not learn is in
the prompt again. Nothing is deleted: switching back serves what was served before.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import base, settings
from assistant.errors import BusyError, RefusedError, ReverieError, UsageError_
from assistant.generations import BASE, Generations
from assistant.hashes import model_sha256
from assistant.journal import Journal
from assistant.journal.nights import nights
from assistant.journal.records import now
from assistant.model_file import ModelInfo, inspect
from assistant.needs import CannotSleep, NightMemory, chat_needs, night_disk, night_memory
from assistant.paths import Paths

if TYPE_CHECKING:
    from sqlite_utils import Database

_SETTING = "model.path"
_VARIABLE = "REVERIE_MODEL__PATH"


@dataclass(frozen=True)
class Prospect:
    """A model file that could be the base, and what it would need of this machine."""

    info: ModelInfo
    sha256: str
    night: NightMemory | None
    """None where it cannot sleep, or where that could not be found out; `warnings` say which."""
    disk: int
    """Bytes that a night with it would write."""
    warnings: tuple[str, ...]
    """Why it could not sleep here, or hardly; empty when all is well."""


@dataclass(frozen=True)
class Switched:
    """What a switch has done."""

    generation: int
    """The one that is served now; 0 is the base itself."""
    waiting_again: Sequence[int]
    """Memories that went back to the prompt."""


def examine(path: Path, paths: Paths, *, force: bool = False) -> Prospect:
    """Whether this file can be chatted with, and what a night with it would need.

    Raises ReverieError when it is no chat model that can be used, and RefusedError, unless
    `force`, when this machine has too little memory for it.
    """
    import psutil

    from assistant.prompt import Prompt

    info = inspect(path)
    Prompt(info.chat_template)  # or it says what is wrong with the template
    memory = psutil.virtual_memory().total
    chat = chat_needs(info)
    if chat.memory > memory and not force:
        raise RefusedError(
            f"{info.name} needs about {_gb(chat.memory)} of memory and this machine has "
            f"{_gb(memory)}",
            "Choose a smaller one, or one with fewer bits; '--force' takes it all the same.",
        )
    sha256 = model_sha256(path, paths)
    disk = night_disk(info, converted=paths.weights_dir(sha256).is_dir())
    night, warnings = _night(info)
    free = psutil.disk_usage(str(paths.data_dir)).free
    if info.trainable and disk > free:
        warnings.append(f"a night needs {_gb(disk)} of disk and {_gb(free)} are free")
    return Prospect(info, sha256, night, disk, tuple(warnings))


def _night(info: ModelInfo) -> tuple[NightMemory | None, list[str]]:
    """What a night takes of the memory, and why it could not be, or hardly."""
    if info.chat_only:
        return None, [f"chat only: {info.chat_only}"]
    try:
        night = night_memory(info.path)
    except CannotSleep as error:
        return None, [f"chat only: {error.message}"]
    except ReverieError as error:
        return None, [error.message]
    if not night.offer:
        return night, []
    said = f"a night needs about {_gb(night.least)} of {night.where} and this machine has "
    return night, [f"{said}{_gb(night.there)}. {night.offer.removesuffix('.')}"]


def use(paths: Paths, journal: Journal, prospect: Prospect) -> Switched:
    """Make this file the base; BusyError while a night runs, UsageError_ if the shell decides."""
    if os.environ.get(_VARIABLE):
        raise UsageError_(
            f"The environment variable {_VARIABLE} decides which model is used",
            f"Unset it, then choose with 'reverie models use {prospect.info.path}'.",
        )
    if any(night.running for night in nights(journal, limit=1)):
        raise BusyError("A night is at work on the present model", "Try again when it is done.")
    with journal.writing() as db:
        _remember(db, paths, Generations(paths, journal))
        _close_night(db, prospect.sha256)
        settings.store(paths, _SETTING, str(prospect.info.path))
        return _serve(db, Generations(paths, journal), prospect.info.path, prospect.sha256)


def note(paths: Paths, journal: Journal, sha256: str) -> None:
    """Before a night on the base with this hash: what is known of it, for the way back to it.

    A night that was taught on another base is closed: what it has made so far does not fit. That
    the served generation is of this base is for `sleep.mend` to see.
    """
    generations = Generations(paths, journal)
    served = generations.current_id()
    with journal.writing() as db:
        _close_night(db, sha256)
        if generations.base_of(served) in ("", sha256):
            _enter(db, sha256, base.expected(settings.load(paths)), served)


def _close_night(db: Database, sha256: str) -> None:
    db.execute(
        "UPDATE nights SET status = 'skipped', ended = coalesce(ended, ?), reason = ?"
        " WHERE id = (SELECT max(id) FROM nights) AND base NOT IN ('', ?)"
        " AND status IN ('running', 'interrupted', 'failed')"
        " AND id IN (SELECT night_id FROM stages WHERE name = 'grow' AND ended NOT NULL)",
        [now(), "the base model was changed before it was done", sha256],
    )


def _serve(db: Database, generations: Generations, path: Path, sha256: str) -> Switched:
    """The generation that was served on this base last, or the base itself."""
    row = db.execute("SELECT served FROM bases WHERE sha256 = ?", [sha256]).fetchone()
    wanted = row[0] if row else BASE
    known = {each.id: each for each in generations.list()}
    fit = wanted in known and known[wanted].usable and known[wanted].base == sha256
    target = wanted if fit else BASE
    _enter(db, sha256, path, target)
    return Switched(target, generations.switch(target))


def _remember(db: Database, paths: Paths, generations: Generations) -> None:
    """Note what is served on the base that is about to be left, for the way back."""
    current = generations.current_id()
    path = base.expected(settings.load(paths))
    sha256 = generations.base_of(current)
    if not sha256 and path.is_file():
        sha256 = model_sha256(path, paths)
    if sha256:
        _enter(db, sha256, path, current)


def _enter(db: Database, sha256: str, path: Path, served: int) -> None:
    db.execute(
        "INSERT INTO bases (sha256, path, served, used) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET path = excluded.path, served = excluded.served,"
        " used = excluded.used",
        [sha256, str(path), served, now()],
    )


def path_of(journal: Journal, sha256: str) -> str | None:
    """Where the base with this hash was when it was used last."""
    with journal.reading() as db:
        row = db.execute("SELECT path FROM bases WHERE sha256 = ?", [sha256]).fetchone()
    return row[0] if row else None


def file_of(generations: Generations, journal: Journal, sha256: str) -> Path:
    """Where the base with this hash is, or should be; the one in the settings if it never was."""
    known = path_of(journal, sha256)
    return Path(known) if known else base.expected(settings.load(generations.paths))


def _gb(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
