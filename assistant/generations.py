"""Generations of the model: which one is served, and switching between them atomically.

Generation 0 is the base model. Every night that passes its exam adds `generations/NNNN/`, which is
immutable once written. The small file `generations/current` names the served one; it is replaced
atomically and synced, so that after a crash the old or the new generation is served and never
anything between. That file is the truth; the journal follows it: it is switched inside the
journal's transaction, just before that commits, and `settle` brings the two together after a crash
in between. It carries a check sum, and is written anew from the journal when that does not fit.
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assistant import base, settings
from assistant.errors import RefusedError, ReverieError
from assistant.hashes import file_sha256
from assistant.journal.memories import back_to_waiting
from assistant.journal.records import now
from assistant.journal.store import Journal
from assistant.paths import Paths, fsync_dir, make_private, write_atomic

if TYPE_CHECKING:
    from sqlite_utils import Database

BASE = 0
MODEL_FILE = "model.gguf"
_DIGITS = 9
"""Of a generation's number, at most: a longer one is damage."""


@dataclass(frozen=True)
class Generation:
    """One model that can be, could be, or could have been served."""

    id: int
    gguf: Path
    parent: int | None = None
    created: str = ""
    sha256: str = ""
    status: str = "kept"
    """current, kept, refused (by its exam) or pruned (its file was deleted to save room)."""
    night_id: int | None = None
    holds_forgotten: bool = False
    """Trained on something that the user had forgotten since; it is never served again."""
    base: str = ""
    """SHA-256 of the base model it was made from; empty for the base itself."""

    @property
    def usable(self) -> bool:
        """Whether it may be served: it passed its exam, knows nothing forgotten, and is there."""
        fit = self.status not in ("refused", "pruned") and not self.holds_forgotten
        return fit and self.gguf.is_file()


class Generations:
    """The generations of one installation. Without a journal only the files are known."""

    def __init__(self, paths: Paths, journal: Journal | None = None) -> None:
        self.paths = paths
        self._journal = journal
        self._current_file = paths.generations_dir / "current"

    def folder(self, generation_id: int) -> Path:
        """The folder of a generation, whether or not it exists; the base model has none."""
        return self.paths.generations_dir / f"{generation_id:04}"

    def current_id(self) -> int:
        """The number of the served generation; raises ReverieError if it cannot be read."""
        try:
            text = self._current_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return BASE
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(str(error)) from error
        number, _, check = text.strip().partition(" ")
        if (
            not number.isdecimal()
            or len(number) > _DIGITS
            or (check and check != _check_sum(int(number)))
        ):
            raise self._unreadable(f"it holds {text[:20]!r}, not a number with its check sum")
        return int(number)

    def _unreadable(self, why: str) -> ReverieError:
        return ReverieError(
            f"{self._current_file}, which names the served model, cannot be read: {why}",
            "Choose one with 'reverie models use N' (see 'reverie models list').",
        )

    def current(self) -> Generation:
        """The served generation; raises ReverieError if its file is gone."""
        return self.get(self.current_id())

    def get(self, generation_id: int) -> Generation:
        """A generation whose model file is there; raises ReverieError otherwise.

        One that holds something forgotten raises RefusedError.
        """
        if generation_id == BASE:
            return self._base()
        found = self._read(generation_id)
        if found.holds_forgotten:
            raise RefusedError(
                f"Generation {generation_id} was trained on something you had it forget",
                "Choose an older one, or let the next night build a new one.",
            )
        if not found.gguf.is_file():
            raise ReverieError(
                f"The model file of generation {generation_id} is not there ({found.gguf})",
                f"'reverie models rebuild {generation_id}' makes it again; 'reverie models list' "
                "shows which ones are there.",
            )
        return found

    def list(self) -> list[Generation]:
        """Every generation known, the base first; also those whose file is gone."""
        if self._journal is None:
            ids = self._folders()
        else:
            with self._journal.reading() as db:
                rows = db.execute("SELECT id FROM generations WHERE id > 0 ORDER BY id").fetchall()
            ids = [row[0] for row in rows]
        return [self._base(there=False), *(self._read(number) for number in ids)]

    def base_of(self, generation_id: int) -> str:
        """SHA-256 of the base that a generation was made from; empty for a base itself."""
        return self._read(generation_id).base

    def served_elsewhere(self) -> Sequence[int]:
        """The generations that were served on each base when it was left."""
        with self._need_journal().reading() as db:
            return [row[0] for row in db.execute("SELECT served FROM bases").fetchall()]

    def reserve(self) -> int:
        """A number that no generation has had, with its empty folder made."""
        taken = {BASE, self.current_id(), *self._folders()}
        if self._journal is not None:
            with self._journal.reading() as db:
                taken |= {row[0] for row in db.execute("SELECT id FROM generations").fetchall()}
        number = max(taken) + 1
        make_private(self.paths.generations_dir)
        while True:
            try:
                self.folder(number).mkdir(mode=0o700)
            except FileExistsError:
                number += 1
            else:
                fsync_dir(self.paths.generations_dir)
                return number

    def settle(self) -> None:
        """Bring journal and pointer together where a crash, or a flipped bit, has parted them.

        What nights learned that the served model does not know goes back to the prompt. To be
        called at every start; costs two small reads when all is well.
        """
        journal = self._need_journal()
        with journal.reading() as db:
            agree = self._agree(db)
        if not agree:
            with journal.writing() as db:  # whoever was switching a moment ago is done by now
                self._settle(db)
        self.purge_barred()

    def _settle(self, db: "Database") -> None:
        if self._agree(db):
            return
        try:
            served = self.current_id()
        except ReverieError:
            self._point_to(_believed(db))
        else:
            back_to_waiting(db, self._nights_unknown_to(db, served))
            self._note_current(db, served)

    def _agree(self, db: "Database") -> bool:
        try:
            return self.current_id() == _believed(db)
        except ReverieError:
            return False

    def promote(self, generation_id: int) -> None:
        """Serve this generation from now on, durably and all at once.

        Raises ReverieError if its file is not there and RefusedError if it holds something that
        was forgotten; then, and if anything fails on the way, the old one stays.
        """
        self.get(generation_id)
        if self._journal is None:
            self._point_to(generation_id)
            return
        with self._journal.writing() as db:
            self._note_current(db, generation_id)
            self._point_to(generation_id)

    @staticmethod
    def _note_current(db: "Database", generation_id: int) -> None:
        db.execute("UPDATE generations SET status = 'kept' WHERE status = 'current'")
        db.execute("UPDATE generations SET status = 'current' WHERE id = ?", [generation_id])

    def switch(self, generation_id: int) -> Sequence[int]:
        """Promote, and put what nights learned that it does not know back into the prompt.

        Returns the ids of those memories. Needs a journal.
        """
        journal = self._need_journal()
        with journal.writing() as db:
            returned = back_to_waiting(db, self._nights_unknown_to(db, generation_id))
            self.promote(generation_id)
        return returned

    def before(self, generation_id: int) -> Generation:
        """The nearest ancestor of a generation that may be served; the base at the latest."""
        parent = self._read(generation_id).parent
        if parent is None:
            older = [number for number in self._folders() if number < generation_id]
            parent = max(older, default=BASE)
        if parent == BASE:
            return self._base()
        found = self._read(parent)
        return found if found.usable else self.before(parent)

    def record(
        self,
        generation_id: int,
        *,
        parent: int,
        sha256: str,
        night_id: int,
        manifest: str = "{}",
        status: str = "kept",
    ) -> None:
        """Enter a finished generation into the journal; `manifest` is JSON.

        A night that was cut off and does this again enters it anew.
        """
        row = [generation_id, parent, now(), self.folder(generation_id).name, sha256]
        with self._need_journal().writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO generations"
                " (id, parent, created, folder, sha256, night_id, manifest, status)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [*row, night_id, manifest, status],
            )

    def set_status(self, generation_id: int, status: str) -> None:
        """Note that a generation was `refused` or `pruned`."""
        with self._need_journal().writing() as db:
            db.execute("UPDATE generations SET status = ? WHERE id = ?", [status, generation_id])

    def purge_barred(self) -> Sequence[int]:
        """Delete the files of generations that hold something forgotten; returns their numbers.

        A row counts as pruned once its files are gone, so a kill in between leaves the rest to the
        next start.
        """
        sql = "SELECT id FROM generations WHERE holds_forgotten = 1 AND status <> 'pruned'"
        with self._need_journal().reading() as db:
            numbers = [row[0] for row in db.execute(sql).fetchall()]
        served = self.current_id() if numbers else BASE
        for number in numbers:
            if number != served:
                shutil.rmtree(self.folder(number), ignore_errors=True)
                self.set_status(number, "pruned")
        return numbers

    def is_intact(self, generation_id: int) -> bool:
        """Whether the model file is the one that was recorded (reads all of it)."""
        found = self.get(generation_id)
        return not found.sha256 or file_sha256(found.gguf) == found.sha256

    def _point_to(self, generation_id: int) -> None:
        make_private(self.paths.generations_dir)
        write_atomic(self._current_file, f"{generation_id} {_check_sum(generation_id)}\n")

    def _base(self, there: bool = True) -> Generation:
        """The base model; raises ReverieError if it must be `there` and is not."""
        served = self._names_current(BASE)
        chosen = settings.load(self.paths)
        path = base.locate(chosen) if there else base.expected(chosen)
        return Generation(BASE, path, status="current" if served else "kept")

    def _names_current(self, generation_id: int) -> bool:
        try:
            return self.current_id() == generation_id
        except ReverieError:
            return False

    def _read(self, generation_id: int) -> Generation:
        row: dict[str, Any] = {}
        if self._journal is not None:
            with self._journal.reading() as db:
                sql = "SELECT * FROM generations WHERE id = ?"
                row = next(db.query(sql, [generation_id]), {})
        status = row.get("status", "kept")
        if self._names_current(generation_id):
            status = "current"
        elif status == "current":
            status = "kept"
        return Generation(
            id=generation_id,
            gguf=self.folder(generation_id) / MODEL_FILE,
            parent=row.get("parent"),
            created=row.get("created", ""),
            sha256=row.get("sha256", ""),
            status=status,
            night_id=row.get("night_id"),
            holds_forgotten=bool(row.get("holds_forgotten", 0)),
            base=msgspec.json.decode(row.get("manifest") or "{}").get("base_sha256", ""),
        )

    def _folders(self) -> Sequence[int]:
        folders = self.paths.generations_dir.glob("[0-9]*")
        return sorted(int(folder.name) for folder in folders if folder.name.isdecimal())

    def _nights_unknown_to(self, db: "Database", generation_id: int) -> Sequence[int]:
        line = (
            "WITH RECURSIVE line(id) AS (SELECT ? UNION"
            " SELECT parent FROM generations JOIN line ON generations.id = line.id)"
            " SELECT id FROM nights WHERE generation NOT IN (SELECT id FROM line WHERE id NOT NULL)"
        )
        return [row[0] for row in db.execute(line, [generation_id]).fetchall()]

    def _need_journal(self) -> Journal:
        if self._journal is None:
            raise ValueError("this needs Generations(paths, journal)")
        return self._journal


def _check_sum(generation_id: int) -> str:
    return hashlib.sha256(str(generation_id).encode()).hexdigest()[:16]


def _believed(db: "Database") -> int:
    """The served generation as far as the journal knows."""
    sql = "SELECT id FROM generations WHERE status = 'current'"
    row = db.execute(sql).fetchone()
    return BASE if row is None else int(row[0])
