"""For how long nobody used the machine, from what each system says; silence is not idle."""

import os
import sys
import time

import pytest

from assistant.system import Ran
from sleep.manners.idle import idle_seconds
from tests.recorder import Recorder


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder("linux")
    recorder.take_over(monkeypatch.setattr)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    return recorder


def logind(idle: str, since: int = 0, state: str = "active") -> Ran:
    return Ran(0, f"State={state}\nIdleHint={idle}\nIdleSinceHint={since}\n")


def test_nothing_is_known_where_nothing_answers(linux: Recorder):
    assert idle_seconds() is None
    asked = [call.split()[0] for call in linux.calls]
    assert asked == ["gdbus", "xprintidle", "loginctl"]


def test_gnome_on_wayland(linux: Recorder):
    linux.answers["gdbus"] = Ran(0, "(uint64 93500,)\n")
    linux.answers["loginctl"] = logind("no")
    assert idle_seconds() == 93.5


def test_x11(linux: Recorder):
    linux.answers["gdbus"] = Ran(1, "Error: no such service")
    linux.answers["xprintidle"] = Ran(0, "1250\n")
    assert idle_seconds() == 1.25


def test_logind(linux: Recorder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    linux.answers["loginctl"] = logind("yes", since=400_000_000)
    assert idle_seconds() == 600
    assert f"show-user {os.getuid()}" in linux.calls[-1]
    linux.answers["loginctl"] = logind("no", since=400_000_000)
    assert idle_seconds() == 0
    linux.answers["loginctl"] = logind("no", state="lingering")
    assert idle_seconds() == float("inf")


@pytest.mark.parametrize("said", ["", "nonsense", "IdleHint=yes", "IdleHint=yes\nIdleSinceHint=x"])
def test_what_logind_does_not_say_is_unknown(linux: Recorder, said: str):
    linux.answers["loginctl"] = Ran(0, said)
    assert idle_seconds() is None


def test_without_a_desktop_only_logind_is_asked(linux: Recorder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    idle_seconds()
    assert [call.split()[0] for call in linux.calls] == ["loginctl"]


def test_macos(monkeypatch: pytest.MonkeyPatch):
    recorder = Recorder("darwin")
    recorder.take_over(monkeypatch.setattr)
    assert idle_seconds() is None
    recorder.answers["ioreg"] = Ran(0, '  |   "HIDIdleTime" = 2500000000\n  | "Other" = 1\n')
    assert idle_seconds() == 2.5


@pytest.mark.skipif(sys.platform == "win32", reason="asks the real Windows there")
def test_windows_elsewhere_is_unknown(monkeypatch: pytest.MonkeyPatch):
    Recorder("win32").take_over(monkeypatch.setattr)
    assert idle_seconds() is None
