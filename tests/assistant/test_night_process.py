"""Nights as processes: they outlive who started them, and can be asked to end."""

import signal
import subprocess
import sys

import pytest

from assistant import night_process
from assistant.night_process import NightProcess, stop
from assistant.paths import Paths


def ended(night: NightProcess) -> int:
    code = night._process.wait()
    assert night.ended() == code
    return code


def test_it_is_a_session_of_its_own_and_complains_into_a_log(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
):
    code = (
        "import os, sys; print('learned: secrets');"
        "print('noise', file=sys.stderr); print('reverie: no such thing', file=sys.stderr);"
        "sys.exit(5 if os.getsid(0) == os.getpid() else 1)"
    )
    monkeypatch.setattr(night_process, "command", lambda _: [sys.executable, "-c", code])
    night = NightProcess(paths, ["night"])
    assert ended(night) == 5
    assert night.complaint() == "no such thing"
    kept = [file.read_text() for file in paths.logs_dir.iterdir()]
    assert not any("secrets" in text for text in kept), "what it learned is in the journal only"


def test_the_night_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    command = night_process.command(["night", "--help"])
    done = subprocess.run(command, env=night_process.environment(), capture_output=True, text=True)
    assert done.returncode == 0
    assert "--resume" in done.stdout


def test_stopping_is_a_signal_that_a_night_minds():
    code = "import signal; print('ready', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        stop(process.pid)
        assert process.wait() == -signal.SIGTERM
    stop(process.pid)  # it is gone: nothing happens
