"""The base model was changed between two nights: the next one learns everything anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import bases, settings
from assistant.generations import Generations
from assistant.hashes import file_sha256
from assistant.journal import Journal
from sleep.experts import load_experts
from sleep.recipes import memory_of
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home
from tests.sleep.night.test_interruption import interrupt


@pytest.fixture(autouse=True)
def asked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a night needs is asked in this process, where torch is loaded already."""
    monkeypatch.setattr(bases, "night_memory", lambda gguf: memory_of(gguf, settings.Settings()))


@pytest.fixture
def other(tiny_gguf: Callable[..., Path]) -> Path:
    """A model of another shape."""
    return tiny_gguf("qwen2", "Q8_0")


def choose(home: Home, other: Path) -> None:
    """`reverie models use OTHER`, in a home whose model was named by the environment so far."""
    settings.store(home.paths, "model.path", home.environment.pop("REVERIE_MODEL__PATH"))
    with home.journal() as journal:
        bases.use(home.paths, journal, bases.examine(other, home.paths))


def test_it_is_learned_anew(morning: Home, sleep: Sleep, other: Path):
    assert morning.served() == 1
    choose(morning, other)
    assert morning.served() == 0
    assert morning.texts("waiting") == LEARNED
    assert sleep(morning).code == 0
    assert morning.served() == 2
    assert morning.texts("learned") == LEARNED
    with Journal.open(morning.paths.journal) as journal:
        made_from = Generations(morning.paths, journal).base_of(2)
    assert made_from == file_sha256(other)
    experts = load_experts(morning.generation(2) / "experts.safetensors")
    assert [expert.night for expert in experts] == [2]
    assert (morning.generation(1) / "model.gguf").is_file(), "nothing is thrown away"
    morning.check()


def test_a_night_begun_on_the_old_one_does_not_go_on(told: Home, sleep: Sleep, other: Path):
    interrupt(told, "export", sleep)
    choose(told, other)
    assert sleep(told, "--resume").code == 4
    (night,) = told.nights()
    assert night["reason"] == "the base model was changed before it was done"
    assert sleep(told).code == 0
    assert told.texts() == told.texts("learned") == LEARNED
    told.check()
