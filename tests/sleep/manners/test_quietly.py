"""A light sleeper in the words of each system; what keeps a machine awake ends with the night."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from sleep.manners.notify import notify
from sleep.manners.quietly import kept_awake
from tests.recorder import Recorder

REPO = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("linux", ["systemd-inhibit", "--what=sleep:idle"]),
        ("darwin", ["caffeinate", "-i", "-w", str(os.getpid())]),
        ("win32", None),
    ],
)
def test_the_machine_is_kept_awake_only_inside(
    platform: str, command: list[str] | None, monkeypatch: pytest.MonkeyPatch
):
    recorder = Recorder(platform)
    recorder.take_over(monkeypatch.setattr)
    with suppress(KeyboardInterrupt), kept_awake():
        begun = [line.split() for line in recorder.started]
        assert [line[: len(command or [])] for line in begun] == ([command] if command else [])
        assert recorder.ended == []
        raise KeyboardInterrupt
    assert recorder.ended == recorder.started


SLEEPER = """
import os, signal, sys
from assistant import system
end = system.start(sys.executable, "-c", "import os, sys; print(os.getpid(), file=open(sys.argv[1], 'w')); sys.stdin.read()", sys.argv[1])
signal.pause()
"""  # noqa: E501


def test_what_keeps_it_awake_ends_with_a_night_that_is_killed(tmp_path: Path):
    """Nothing is left that would keep the machine from suspending for ever."""
    told = tmp_path / "pid"
    os.mkfifo(told)
    night = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(told)], env=os.environ | {"PYTHONPATH": str(REPO)}
    )
    keeper = psutil.Process(int(told.read_text()))
    night.send_signal(signal.SIGKILL)
    night.wait()
    assert psutil.wait_procs([keeper], timeout=30)[1] == []


@pytest.mark.parametrize(
    ("platform", "program"),
    [("linux", "notify-send"), ("darwin", "osascript"), ("win32", "powershell")],
)
def test_a_notification_is_what_it_was_told(
    platform: str, program: str, monkeypatch: pytest.MonkeyPatch
):
    """Texts are arguments of a program, never part of a script."""
    recorder = Recorder(platform)
    recorder.take_over(monkeypatch.setattr)
    notify("Reverie", 'say "hello"; rm')
    (call,) = recorder.calls
    assert call.startswith(program)
    assert call.endswith('Reverie say "hello"; rm')
    notify("a", "b")
    assert recorder.calls[1].replace(" a b", "") == call.replace(' Reverie say "hello"; rm', "")


def test_a_system_that_is_unknown_is_told_nothing(monkeypatch: pytest.MonkeyPatch):
    recorder = Recorder("sunos")
    recorder.take_over(monkeypatch.setattr)
    notify("a", "b")
    with kept_awake():
        assert recorder.started == []
    assert recorder.calls == []
