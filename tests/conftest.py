"""Fixtures of every test: each one lives in its own, empty Reverie home."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from assistant.journal import Journal
from assistant.paths import Paths

# Machines differ in speed: a slow example is not a wrong one. Failing examples are in the output.
hypothesis.settings.register_profile(
    "reverie",
    deadline=None,
    max_examples=30,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("reverie")


@pytest.fixture(autouse=True)
def reverie_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own as REVERIE_HOME, and no setting from the developer's shell."""
    for variable in [name for name in os.environ if name.startswith("REVERIE_")]:
        monkeypatch.delenv(variable)
    home = tmp_path / "reverie-home"
    monkeypatch.setenv("REVERIE_HOME", str(home))
    return home


@pytest.fixture(autouse=True, scope="session")
def ctrl_c() -> None:
    """Ctrl-C works, also where a shell in the background has had it ignored for its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def paths(reverie_home: Path) -> Paths:
    """The paths of this test's home, folders made."""
    return Paths.under(reverie_home).make()


@pytest.fixture
def journal(paths: Paths) -> Iterator[Journal]:
    """An empty journal in this test's home."""
    with Journal.open(paths.journal) as opened:
        yield opened
