"""Power cuts, simulated: what a disk may hold at every moment of a piece of work.

A disk promises little: what was synced is there; what was written, named, renamed or deleted since
may be there, be there in part, or not be there, in any order. `PowerCuts` watches a folder while
real code works in it. At every sync, rename, deletion and new folder it takes stock of what has
been synced and what has not, and lays out homes as a power cut at that moment could leave them.
The journal's file is SQLite's: it is laid out as of its last commit (`synchronous=FULL`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

Reached = Literal["nothing", "half", "all"]
REACHED: tuple[Reached, ...] = ("nothing", "half", "all")
"""How much of what was written to a file and not synced has reached the disk."""
Names = dict[str, int]
"""What is in a folder: name -> inode."""


@dataclass(frozen=True)
class Disk:
    """What a disk holds, by inode."""

    folders: dict[int, Names] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)

    def tree(self, root: int) -> dict[str, bytes | None]:
        """Place below `root` -> content; None for a folder."""
        found: dict[str, bytes | None] = {}
        for name, inode in self.folders.get(root, {}).items():
            if inode in self.files:
                found[name] = self.files[inode]
            else:
                found[name] = None
                found |= {f"{name}/{k}": v for k, v in self.tree(inode).items()}
        return found


class PowerCuts:
    """Watches a home; call `after` with every state that a power cut could leave, laid out."""

    def __init__(self, root: Path, spare: Path, after: Callable[[Path], None]) -> None:
        self.root, self.spare, self.after = root, spare, after
        self.states = 0
        self.moments = 0
        self.wrong: list[str] = []
        self._seen: set[int] = set()
        self._read: dict[tuple[int, int, int], bytes] = {}
        self._looking = False
        self._held: list[int] = []
        self._synced = self._now()
        for inode in (*self._synced.folders, *self._synced.files):
            self._hold(inode)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While the block runs, every sync, rename, deletion and new folder is a moment."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("replace", "rename", "unlink", "mkdir", "rmdir"):
                patch.setattr(os, name, self._watched(getattr(os, name)))
            patch.setattr(os, "fsync", self._watched(os.fsync, self._note_sync))
            try:
                yield
            finally:
                patch.undo()
                self._moment()
                for descriptor in self._held:
                    os.close(descriptor)
        assert self.wrong == [], self.wrong

    def _watched(self, real: Callable[..., Any], note: Callable[[int], object] = id) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self._moment()
            done = real(*arguments, **named)
            if not self._looking:
                note(arguments[0])
            return done

        return call

    def _now(self) -> Disk:
        """What programs see."""
        disk = Disk()
        for folder, _, names in os.walk(self.root):
            disk.folders[Path(folder).stat().st_ino] = {
                each.name: each.inode() for each in os.scandir(folder) if not _is_journal(each.name)
            }
            for name in names:
                path = Path(folder, name)
                if not _is_journal(name):
                    state = path.stat()
                    key = (state.st_ino, state.st_mtime_ns, state.st_size)
                    if key not in self._read:
                        self._read[key] = path.read_bytes()
                    disk.files[state.st_ino] = self._read[key]
        return disk

    def _hold(self, inode: int) -> None:
        # An open file keeps its inode, so that no other file is taken for it.
        for path in (self.root, *self.root.rglob("*")):
            if path.stat().st_ino == inode:
                self._held.append(os.open(path, os.O_RDONLY))
                return

    def _note_sync(self, descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        now = self._now()
        if inode in now.files:
            self._synced.files[inode] = now.files[inode]
        elif inode in now.folders:
            self._synced.folders[inode] = now.folders[inode]
            for each in now.folders[inode].values():  # a name may be there, and nothing in it
                if each not in self._synced.files and each not in self._synced.folders:
                    self._hold(each)
                    if each in now.files:
                        self._synced.files[each] = b""
                    else:
                        self._synced.folders[each] = {}
        else:
            return
        self._hold(inode)

    def _moment(self) -> None:
        if self._looking:  # at what was laid out: that is not the work
            return
        self._looking = True
        self.moments += 1
        now = self._now()
        contents = [self._contents(now, reached) for reached in REACHED]
        for names in self._choices(now):
            for files in contents:
                self._lay_out(Disk(names, files))
        self._looking = False

    def _choices(self, now: Disk) -> Iterator[dict[int, Names]]:
        """Which names have reached the disk: none, all, each one alone, all but one."""
        pending = [
            (folder, name)
            for folder, names in now.folders.items()
            for name in names.keys() | self._synced.folders.get(folder, {}).keys()
            if names.get(name) != self._synced.folders.get(folder, {}).get(name)
        ]
        chosen: list[set[tuple[int, str]]] = [set(), set(pending)]
        for each in pending:
            chosen += [{each}, set(pending) - {each}]
        for arrived in chosen:
            yield {
                folder: dict(self._arrived(folder, names, arrived))
                for folder, names in now.folders.items()
            }

    def _arrived(
        self, folder: int, names: Names, arrived: set[tuple[int, str]]
    ) -> Iterator[tuple[str, int]]:
        synced = self._synced.folders.get(folder, {})
        for name in names.keys() | synced.keys():
            inode = names.get(name) if (folder, name) in arrived else synced.get(name)
            if inode is not None:
                yield name, inode

    def _contents(self, now: Disk, reached: Reached) -> dict[int, bytes]:
        contents = dict(self._synced.files)
        for inode, written in now.files.items():
            synced = contents.get(inode, b"")
            half = (
                written
                if written is synced
                else written[: len(written) // 2] + synced[len(written) // 2 :]
            )
            contents[inode] = {"nothing": synced, "half": half, "all": written}[reached]
        return contents

    def _lay_out(self, disk: Disk) -> None:
        tree = disk.tree(self.root.stat().st_ino)
        journals = {path.relative_to(self.root): _committed(path) for path in self._journals()}
        state = hash((frozenset(tree.items()), frozenset(journals.items())))
        if state in self._seen:
            return
        self._seen.add(state)
        self.states += 1
        target = self.spare / f"{self.states:05}"
        target.mkdir(parents=True)
        for place, content in tree.items():
            path = target / place
            (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
            if content is not None:
                path.write_bytes(content)
        for relative, content in journals.items():
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            (target / relative).write_bytes(content)
        _close_to_others(target)
        try:
            self.after(target)
        except Exception as error:  # the work must not take it for its own
            self.wrong.append(f"{target.name}: {error!r}")

    def _journals(self) -> list[Path]:
        return [path for path in self.root.rglob("*.db") if not path.name.startswith(".")]


def _is_journal(name: str) -> bool:
    return name.endswith((".db", ".db-wal", ".db-shm"))


def _committed(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as journal:
        return journal.serialize()


def _close_to_others(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
