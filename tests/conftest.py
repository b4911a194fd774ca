"""Fixtures of every test: each one lives in its own, empty Reverie home."""

import os
from pathlib import Path

import pytest

from assistant.paths import Paths


@pytest.fixture(autouse=True)
def reverie_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own as REVERIE_HOME, and no setting from the developer's shell."""
    for variable in [name for name in os.environ if name.startswith("REVERIE_")]:
        monkeypatch.delenv(variable)
    home = tmp_path / "reverie-home"
    monkeypatch.setenv("REVERIE_HOME", str(home))
    return home


@pytest.fixture
def paths(reverie_home: Path) -> Paths:
    """The paths of this test's home, folders made."""
    return Paths.under(reverie_home).make()
