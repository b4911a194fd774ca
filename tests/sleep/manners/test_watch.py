"""A night in somebody's way stops wherever it is, and ends with its process where it cannot."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sleep.manners.idle import ANSWER_S, ASKED
from sleep.manners.watch import DYING_S, EVERY_S, GRACE_S, Watch

REPO = Path(__file__).parents[3]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGTERM as a night has it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


def never_needed(reason: str) -> None:
    raise AssertionError(reason)


def test_it_yields_within_five_seconds():
    """Also when every program that knows of idleness hangs, and the main thread is deaf."""
    assert EVERY_S + ASKED * ANSWER_S + GRACE_S + DYING_S < 5


def test_a_watch_that_cannot_see_stops_the_night(interruptible: None):
    asleep = threading.Event()

    def fail() -> str:
        asleep.wait()
        raise OSError("no such sensor")

    def sleep() -> None:
        with watch:
            asleep.set()
            while True:
                threading.Event().wait(0.05)

    watch = Watch(fail, never_needed, 0)
    with pytest.raises(KeyboardInterrupt):
        sleep()
    assert watch.reason == "it could no longer be told whether it is in the way: no such sensor"


def test_it_stops_a_waiting_main_thread(interruptible: None):
    asleep = threading.Event()

    def somebody_comes() -> str:
        asleep.wait()
        return "you came back"

    def sleep() -> None:
        with watch:
            asleep.set()
            while True:  # a signal may come before a wait has begun, and would not end it
                threading.Event().wait(0.05)

    watch = Watch(somebody_comes, never_needed, 0)
    with pytest.raises(KeyboardInterrupt):
        sleep()
    assert watch.reason == "you came back"


def test_it_lets_a_night_that_is_in_nobodys_way_end(interruptible: None):
    asked = threading.Event()

    def may_go_on() -> None:
        asked.set()

    with Watch(may_go_on, never_needed, 0) as watch:
        asked.wait()
    assert watch.reason is None


DEAF = """
import signal, subprocess, sys, threading
from sleep.manners.watch import Watch
# Deep in a library that never comes back: the signal arrives, and nothing of Python's hears it.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
with Watch(lambda: "you came back", lambda why: print(why, flush=True), 0, 0):
    threading.Event().wait()
"""


def test_a_deaf_night_ends_with_its_process_and_its_children():
    night = subprocess.run(
        [sys.executable, "-c", DEAF],
        env=os.environ | {"PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=False,
    )
    child, reason = night.stdout.splitlines()
    assert (night.returncode, reason) == (130, "you came back")
    assert not psutil.pid_exists(int(child))
