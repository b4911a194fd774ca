"""Homes in which nights take a second, and one in which a night has been."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from tests.sleep.night.helpers import ALL_PASS, Home, Slept, call, prepare, shorten

DAY = ("My dog is called Biscuit.", "I work as a nurse in Leeds.", "What is the capital of France?")
LEARNED = ["You work as a nurse in Leeds.", "Your dog is called Biscuit."]


class Sleep(Protocol):
    """`reverie sleep` in this process: a short night with a scripted exam."""

    def __call__(
        self, home: Home, *arguments: str, knows: bool = True, forgets: tuple[str, ...] = ()
    ) -> Slept: ...


@pytest.fixture
def model(tiny_gguf: Callable[..., Path]) -> Path:
    """A tiny model of the commonest kind."""
    return tiny_gguf("llama", "Q8_0")


@pytest.fixture
def home(tmp_path: Path, model: Path) -> Home:
    """A home where nothing was ever said."""
    return Home.make(tmp_path / "home", model)


@pytest.fixture
def told(home: Home) -> Home:
    """A home on the evening of an ordinary day."""
    home.tell(*DAY)
    return home


@pytest.fixture(scope="session")
def _morning(
    tmp_path_factory: pytest.TempPathFactory, tiny_gguf: Callable[..., Path]
) -> tuple[Home, Slept]:
    home = Home.make(tmp_path_factory.mktemp("morning") / "home", tiny_gguf("llama", "Q8_0"))
    home.tell(*DAY)
    with pytest.MonkeyPatch.context() as patch:
        return home, _sleep(patch, home, ("--json",), knows=True)


@pytest.fixture
def morning(_morning: tuple[Home, Slept], tmp_path: Path) -> Home:
    """A home on the morning after a night that learned; a copy of the test's own."""
    return _morning[0].copy(tmp_path / "morning")


@pytest.fixture
def first_night(_morning: tuple[Home, Slept]) -> Slept:
    """How the night before `morning` ended."""
    return _morning[1]


@pytest.fixture
def sleep() -> Sleep:
    """A night, now."""

    def now(
        home: Home, *arguments: str, knows: bool = True, forgets: tuple[str, ...] = ()
    ) -> Slept:
        with pytest.MonkeyPatch.context() as patch:
            return _sleep(patch, home, arguments, knows=knows, forgets=forgets)

    return now


@pytest.fixture
def sleep_for_real(monkeypatch: pytest.MonkeyPatch) -> Sleep:
    """A night with a real exam, whose thresholds a random model reaches unless `home` says else."""

    def now(
        home: Home, *arguments: str, knows: bool = True, forgets: tuple[str, ...] = ()
    ) -> Slept:
        assert (knows, forgets) == (True, ()), "a real exam finds out for itself"
        lenient = Home(home.folder, ALL_PASS | home.environment)
        become_environment(monkeypatch, lenient)
        shorten(monkeypatch.setattr)
        return call(arguments)

    return now


def _sleep(
    patch: pytest.MonkeyPatch,
    home: Home,
    arguments: tuple[str, ...],
    *,
    knows: bool,
    forgets: tuple[str, ...] = (),
) -> Slept:
    become_environment(patch, home)
    prepare(patch.setattr, home, knows, forgets)
    return call(arguments)


def become_environment(patch: pytest.MonkeyPatch, home: Home) -> None:
    """Set the environment of `home`, until `patch` is undone."""
    for name, value in home.environment.items():
        patch.setenv(name, value)
