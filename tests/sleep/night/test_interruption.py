"""Nights that are cut off anywhere: Ctrl-C before a stage's work, kill -9 after it, and around the
moment when the new model is served. Nothing is lost, nothing is learned twice, and the served model
is a whole one."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from sleep.files import sha256_file
from sleep.lock import only_night
from tests.sleep.night.conftest import LEARNED, Sleep, become_environment
from tests.sleep.night.helpers import (
    STAGES,
    Home,
    When,
    at_stage,
    call,
    in_child,
    kill_around_promotion,
    kill_in_stage,
)

REPO = Path(__file__).parents[3]


def stop() -> None:
    raise KeyboardInterrupt


def interrupt(home: Home, stage: str, sleep: Sleep) -> None:
    """A night with Ctrl-C in that stage."""
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, stage, "begins", stop)
        slept = sleep(home, "--json")
    assert slept.code == 130
    assert slept.out == ""
    assert slept.err.splitlines()[-1] == "reverie: interrupted"


def assert_learned_once(home: Home) -> None:
    """All of the day is known, once, and the served model is the one that knows it."""
    assert home.texts() == LEARNED
    assert {(m.state, m.level) for m in home.memories()} == {("learned", 1)}
    (row,) = home.rows("SELECT DISTINCT night FROM memories")
    (generation,) = home.rows("SELECT id FROM generations WHERE night_id = ?", row["night"])
    assert home.served() == generation["id"]
    (current,) = home.rows("SELECT id FROM generations WHERE status = 'current'")
    assert current["id"] == home.served()
    home.check()


def assert_tidy(home: Home) -> None:
    """No half-written file, and no generation folder or night's work that nobody will ever use."""
    assert home.leftovers() == []
    assert [*(home.paths.state_dir / "nights").glob("*/*")] == []
    known = {row["folder"] for row in home.rows("SELECT folder FROM generations")}
    assert {p.name for p in home.paths.generations_dir.iterdir() if p.is_dir()} == known


def afterwards(stage: str) -> str:
    """What a new night finds after one cut off there: an exam that was passed is not sat again."""
    return "nothing" if stage == "wake" else "learned"


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c(stage: str, told: Home, sleep: Sleep, tmp_path: Path):
    interrupt(told, stage, sleep)
    (night,) = told.nights()
    assert (night["status"], night["reason"]) == ("interrupted", "it was stopped")
    assert night["ended"] is not None
    assert told.stages(1) == list(STAGES[: STAGES.index(stage)])
    assert told.served() == 0
    told.check()
    other = told.copy(tmp_path / "other")

    done = {row["name"]: row for row in told.rows("SELECT * FROM stages WHERE result NOT NULL")}
    slept = sleep(told, "--resume", "--json")
    assert (slept.code, slept.found["status"], slept.found["night"]) == (0, "learned", 1)
    assert list(slept.found["stages"]) == list(STAGES)
    again = {row["name"]: row for row in told.rows("SELECT * FROM stages")}
    assert {name: again[name] for name in done} == done, "a finished stage was done again"
    assert_learned_once(told)
    assert_tidy(told)

    slept = sleep(other, "--json")
    assert (slept.found["status"], slept.found["night"]) == (afterwards(stage), 2)
    assert_learned_once(other)
    assert_tidy(other)


@pytest.mark.parametrize("stage", STAGES)
def test_kill_9(stage: str, told: Home, sleep: Sleep, tmp_path: Path):
    assert in_child(told, partial(kill_in_stage, stage, "ends")) == -signal.SIGKILL
    (night,) = told.nights()
    assert (night["status"], night["ended"]) == ("running", None)
    assert told.stages(1) == list(STAGES[: STAGES.index(stage)])
    assert told.served() == 0
    told.check()
    other = told.copy(tmp_path / "other")

    slept = sleep(told, "--resume", "--json")
    assert (slept.code, slept.found["status"], slept.found["night"]) == (0, "learned", 1)
    assert_learned_once(told)
    assert_tidy(told)

    slept = sleep(other, "--json")
    assert slept.found["status"] == afterwards(stage)
    assert other.nights()[0]["status"] == ("learned" if stage == "wake" else "interrupted")
    assert_learned_once(other)
    assert_tidy(other)


@pytest.mark.parametrize("arguments", [("--resume",), ()])
@pytest.mark.parametrize("when", ["begins", "ends"])
def test_kill_9_when_the_new_model_is_served(
    when: When, arguments: tuple[str, ...], told: Home, sleep: Sleep
):
    assert in_child(told, partial(kill_around_promotion, when)) == -signal.SIGKILL
    assert told.served() in (0, 1)
    told.check()
    assert sleep(told, *arguments).code in (0, 4)
    assert_learned_once(told)
    assert_tidy(told)


def test_the_lock_is_free_after_a_kill(told: Home):
    assert in_child(told, partial(kill_in_stage, "gather", "begins")) == -signal.SIGKILL
    with only_night(told.paths.night_lock):
        pass


def test_a_kill_leaves_the_older_generation_served(morning: Home, sleep: Sleep):
    before = sha256_file(morning.generation(1) / "model.gguf")
    morning.tell("My sister Anna lives in Porto.")
    assert in_child(morning, partial(kill_in_stage, "export", "ends")) == -signal.SIGKILL
    assert morning.served() == 1
    assert sha256_file(morning.generation(1) / "model.gguf") == before
    morning.check()
    assert sleep(morning, "--resume").code == 0
    assert morning.served() == 2
    morning.check()


def test_what_is_said_after_a_kill_is_not_lost(told: Home, sleep: Sleep):
    assert in_child(told, partial(kill_in_stage, "seed", "begins")) == -signal.SIGKILL
    told.tell("My sister Anna lives in Porto.")
    assert sleep(told, "--resume").code == 0
    sleep(told)
    assert len(told.texts("learned")) > len(LEARNED)
    assert any("Anna" in text for text in told.texts("learned"))


def test_nothing_to_resume(home: Home, morning: Home, sleep: Sleep):
    for each in (home, morning):
        before = each.nights()
        slept = sleep(each, "--resume")
        assert slept.code == 4
        assert slept.err == "reverie: No night was cut off. 'reverie sleep' starts a new one.\n"
        assert each.nights() == before


def test_ctrl_c_on_the_real_thing(told: Home, monkeypatch: pytest.MonkeyPatch):
    """`python -m sleep night` as the command starts it; another night finds it at work."""
    become_environment(monkeypatch, told)
    # Tests that a shell has put into the background ignore Ctrl-C, and would pass that on.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    night = subprocess.Popen(
        [sys.executable, "-P", "-m", "sleep", "night", "--json"],
        env=os.environ | {"PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, handler)
    assert night.stderr is not None
    while night.stderr.readline() != "Learning ...\n":
        assert night.poll() is None
    night.send_signal(signal.SIGSTOP)
    try:
        second = call(("--json",))
    finally:
        night.send_signal(signal.SIGCONT)
    night.send_signal(signal.SIGINT)
    out, err = night.communicate()
    assert night.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "reverie: interrupted"
    assert (second.code, second.out) == (5, "")
    assert "Another night runs already" in second.err
    (row,) = told.nights()
    assert row["status"] == "interrupted"
    assert told.stages(1) == ["gather", "recall", "grow"]
    told.check()
