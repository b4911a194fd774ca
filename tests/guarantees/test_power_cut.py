"""A power cut at any moment leaves the old or the new, whole, and nothing to repair by hand."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli.main import run
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.exchange import read
from assistant.paths import write_atomic
from sleep.files import replacing
from sleep.mend import rebuild
from tests.guarantees.power import PowerCuts
from tests.guarantees.sweep import look
from tests.sleep.night.conftest import LEARNED, Sleep, become_environment
from tests.sleep.night.helpers import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="watches inodes")


def contents(work: Callable[[Path], None], tmp_path: Path) -> set[str]:
    """What a file that held "old" may hold after a power cut while it is written anew."""
    root = tmp_path / "root"
    root.mkdir(parents=True)
    (root / "file").write_text("old")
    found: set[str] = set()

    def note(left: Path) -> None:
        file = left / "file"
        found.add(file.read_text() if file.exists() else "(gone)")

    cuts = PowerCuts(root, tmp_path / "spare", note)
    with cuts.watching():
        work(root / "file")
    assert cuts.states > 1
    return found


def careless(path: Path) -> None:
    """Renamed over the old file without a sync: what many programs do."""
    new = path.with_name("new")
    new.write_text("the new text")
    new.replace(path)


def in_place(path: Path) -> None:
    path.write_text("the new text")


def big(path: Path) -> None:
    with replacing(path, "it") as file:
        file.write(b"the new text")


def test_the_simulation_sees_what_is_not_synced(tmp_path: Path):
    assert contents(careless, tmp_path / "a") == {"old", "", "the ne", "the new text"}
    assert contents(in_place, tmp_path / "b") == {"old", "the ne", "the new text"}


@pytest.mark.parametrize("work", [big, lambda path: write_atomic(path, "the new text")])
def test_files_are_the_old_or_the_new_one(work: Callable[[Path], None], tmp_path: Path):
    assert contents(work, tmp_path) == {"old", "the new text"}


class Looker:
    """Looks at every home that a power cut could leave, and goes on with every fortieth."""

    def __init__(self, home: Home, tmp_path: Path, then: Callable[[Home], None] | None = None):
        self.home, self.then = home, then
        self.served: set[int] = set()
        self.cuts = PowerCuts(home.folder, tmp_path / "spare", self.look)

    def look(self, left: Path) -> None:
        home = Home(left, self.home.environment | {"REVERIE_HOME": str(left)})
        assert look(home) == [], left.name
        self.served.add(home.served())
        if self.then is not None and self.cuts.states % 40 == 1:
            self.then(home)
        shutil.rmtree(left)


def test_switching_models(morning: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    become_environment(monkeypatch, morning)
    looker = Looker(morning, tmp_path)
    with looker.cuts.watching(), morning.journal() as journal:
        for number in (0, 1):
            Generations(morning.paths, journal).switch(number)
    assert looker.served == {0, 1}
    assert looker.cuts.states >= 4


def test_a_night(told: Home, tmp_path: Path, sleep: Sleep):
    """Weights, experts, how far it is, export, manifest, and the switch to the new model."""

    def next_night(home: Home) -> None:
        assert sleep(home).code in (0, 4)
        assert home.texts("learned") == LEARNED

    with pytest.MonkeyPatch.context() as patch:
        become_environment(patch, told)
        looker = Looker(told, tmp_path, next_night)
        with looker.cuts.watching():
            assert sleep(told).code == 0
    assert looker.served == {0, 1}
    assert looker.cuts.states > 100


def test_rebuilding_a_model(morning: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    become_environment(monkeypatch, morning)
    with morning.journal() as journal:
        generations = Generations(morning.paths, journal)
        generations.switch(0)
        (morning.generation(1) / "model.gguf").unlink()
        generations.set_status(1, "pruned")
        looker = Looker(morning, tmp_path)
        with looker.cuts.watching():
            rebuild(generations, journal, 1)
    assert morning.generation(1).joinpath("model.gguf").is_file()


def test_a_backup_and_an_export_are_whole_or_not_there(
    morning: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    become_environment(monkeypatch, morning)
    folder = tmp_path / "kept"
    folder.mkdir()
    found: set[tuple[bool, bool]] = set()

    def note(left: Path) -> None:
        copied, exported = left / "copy", left / "export.json"
        if copied.exists():
            with Journal.open(copied) as copy:
                assert len(copy.conversations()) == 1
        if exported.exists():
            assert len(read(exported)) == 1
        found.add((copied.exists(), exported.exists()))

    cuts = PowerCuts(folder, tmp_path / "spare", note)
    with cuts.watching():
        assert run(["journal", "backup", str(folder / "copy")]) == 0
        assert run(["journal", "export", str(folder / "export.json")]) == 0
    assert found == {(False, False), (True, False), (True, True)}
