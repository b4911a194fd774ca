"""Where things are, and that nobody else can read them."""

import os
import stat
import sys
from pathlib import Path

import pytest

from assistant.errors import ReverieError
from assistant.paths import Paths, make_private, private_umask, write_atomic


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_home_variable_holds_everything(tmp_path: Path):
    paths = Paths.resolve({"REVERIE_HOME": str(tmp_path / "h")})
    assert paths.journal == tmp_path / "h" / "data" / "journal.db"
    assert paths.settings_file == tmp_path / "h" / "config" / "settings.toml"
    assert paths.night_lock == tmp_path / "h" / "state" / "night.lock"
    assert paths.cache_dir == tmp_path / "h" / "cache"
    assert not (tmp_path / "h").exists(), "resolving makes nothing on disk"


def test_without_home_variable_the_systems_places_are_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere/data")
    paths = Paths.resolve({})
    assert paths.journal.name == "journal.db"
    assert "reverie" in str(paths.data_dir)
    if sys.platform == "linux":
        assert paths.data_dir == Path("/somewhere/data/reverie")


def test_relative_home_survives_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    paths = Paths.resolve({"REVERIE_HOME": "here"})
    assert paths.data_dir == tmp_path / "here" / "data"


def test_folders_are_private_even_under_a_loose_umask(tmp_path: Path):
    old = os.umask(0)
    try:
        paths = Paths.under(tmp_path / "h").make()
    finally:
        os.umask(old)
    for folder in (paths.data_dir, paths.config_dir, paths.generations_dir, paths.logs_dir):
        assert mode(folder) == 0o700


def test_an_existing_open_folder_is_closed(tmp_path: Path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    assert mode(make_private(folder)) == 0o700


def test_a_file_in_the_way_is_a_clear_error(tmp_path: Path):
    (tmp_path / "h").write_text("a file")
    with pytest.raises(ReverieError, match="cannot be made"):
        Paths.under(tmp_path / "h").make()


def test_private_umask_makes_files_0600(tmp_path: Path):
    old = os.umask(0o022)
    try:
        private_umask()
        (tmp_path / "f").write_text("x")
    finally:
        os.umask(old)
    assert mode(tmp_path / "f") == 0o600


def test_atomic_write_leaves_the_old_text_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "f"
    write_atomic(target, "old")

    def no_replace(*_: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", no_replace)
    with pytest.raises(OSError, match="power cut"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target], "nothing half-written is left behind"
    assert mode(target) == 0o600
