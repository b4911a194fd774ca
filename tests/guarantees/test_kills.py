"""A short sweep of kills in every test run; the long one is `python -m tests.guarantees.sweep`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guarantees.sweep import Sweep
from tests.sleep.night.conftest import become_environment


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    made = Sweep(tmp_path_factory.mktemp("sweep"))
    with pytest.MonkeyPatch.context() as patch:
        made.prepare()
        become_environment(patch, made.evening)
        yield made


@pytest.fixture(autouse=True)
def _in_its_home(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    become_environment(monkeypatch, sweep.evening)


def test_kills_around_the_switch_of_models(sweep: Sweep):
    sweep.borders(stages=("wake",))
    assert sweep.tally.lost == []
    assert sweep.tally.kills >= 4


def test_kills_at_random(sweep: Sweep, tmp_path: Path):
    before = sweep.tally.kills + sweep.tally.finished
    sweep.at_random(10)
    assert sweep.tally.lost == []
    assert sweep.tally.kills + sweep.tally.finished == before + 10
