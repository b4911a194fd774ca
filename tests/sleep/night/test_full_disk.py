"""A disk that runs full in a night: it says so, serves what it served, and can go on later."""

import errno
import os
import resource
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home, at_stage, in_child

Usage = namedtuple("Usage", "total used free")


def assert_failed(home: Home, stage: str) -> None:
    """The night is closed with its reason; nothing half-written is there or served."""
    night = home.nights()[-1]
    assert night["status"] == "failed"
    assert "disk is full" in night["reason"]
    assert stage not in home.stages(night["id"])
    assert home.leftovers() == []
    assert home.served() == 0
    home.check()


def assert_goes_on(home: Home, sleep: Sleep) -> None:
    assert sleep(home, "--resume").code == 0
    assert home.texts("learned") == home.texts() == LEARNED
    home.check()


@pytest.mark.parametrize("stage", ["seed", "export"])
def test_no_room_is_found_before_writing(stage: str, told: Home, sleep: Sleep):
    with pytest.MonkeyPatch.context() as patch:
        full = lambda: patch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 0))  # noqa: E731
        at_stage(patch.setattr, stage, "begins", full)
        slept = sleep(told)
    assert slept.code == 1
    assert "the disk is full: no room for" in slept.err.splitlines()[-1]
    assert "Free some space" in slept.err.splitlines()[-1]
    assert_failed(told, stage)
    assert_goes_on(told, sleep)


@pytest.mark.parametrize("stage", ["seed", "export", "wake"])
def test_the_disk_runs_full_while_writing(stage: str, told: Home, sleep: Sleep):
    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, stage, "begins", lambda: patch.setattr(os, "fsync", no_space))
        slept = sleep(told)
    assert slept.code == 1
    assert "disk is full" in slept.err.splitlines()[-1]
    assert_failed(told, stage)
    assert_goes_on(told, sleep)


def limit_files() -> None:
    """No file of this process may become larger than a megabyte: the tiny model has two."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))


def test_a_file_that_may_not_grow(told: Home, sleep: Sleep):
    assert in_child(told, limit_files) == 1
    said = (told.folder / "stderr").read_text().splitlines()[-1]
    assert said.startswith("reverie: ")
    assert "weights" in said
    night = told.nights()[-1]
    assert night["status"] == "failed"
    assert told.leftovers() == []
    assert told.served() == 0
    told.check()
    assert_goes_on(told, sleep)


def test_an_older_generation_is_served_on(morning: Home, sleep: Sleep):
    morning.tell("My sister Anna lives in Porto.")
    with pytest.MonkeyPatch.context() as patch:
        full = lambda: patch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 0))  # noqa: E731
        at_stage(patch.setattr, "export", "begins", full)
        assert sleep(morning).code == 1
    assert morning.served() == 1
    assert morning.texts("learned") == LEARNED
    assert not list(Path(morning.generation(2)).glob("*.gguf"))
    morning.check()
