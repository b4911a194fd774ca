"""`reverie sleep`, `exam`, `demo`: the night's own process, signals and exit code."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli.main import run

REPO = Path(__file__).parents[2]

STUB = """
import os, signal, sys
try:
    print(*sys.argv[1:], flush=True)
    if "--resume" in sys.argv:
        signal.pause()
except KeyboardInterrupt:
    print("ended cleanly", flush=True)
    sys.exit(130)
sys.exit(3)
"""


@pytest.fixture
def night(tmp_path: Path) -> list[str]:
    """The command, with a night that only says how it was called, and a decoy in the folder."""
    for folder in ("found", "decoy"):
        package = tmp_path / folder / "sleep"
        package.mkdir(parents=True)
        text = STUB if folder == "found" else "print('decoy')"
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(text)
    return [sys.executable, "-P", "-m", "assistant.cli.main"]


def start(command: list[str], folder: Path, *arguments: str) -> subprocess.Popen[str]:
    search = os.pathsep.join([str(folder / "found"), str(REPO)])
    return subprocess.Popen(
        [*command, *arguments],
        env=os.environ | {"PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder / "decoy",
    )


def test_it_becomes_the_night_with_its_exit_code(night: list[str], tmp_path: Path):
    process = start(night, tmp_path, "sleep", "--minutes", "2.5", "--dry-run", "--json")
    assert process.communicate()[0] == "night --minutes 2.5 --dry-run --json\n"
    assert process.returncode == 3


def test_ctrl_c_reaches_the_night(night: list[str], tmp_path: Path):
    process = start(night, tmp_path, "sleep", "--resume")
    assert process.stdout is not None
    assert process.stdout.readline() == "night --resume\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate()[0] == "ended cleanly\n"
    assert process.returncode == 130


def test_how_the_night_is_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    called: list[list[str]] = []

    def become(_program: str, command: list[str], _environment: dict[str, str]) -> None:
        called.append(command[command.index("sleep") + 1 :])

    monkeypatch.setattr(os, "execve", become)
    monkeypatch.chdir(tmp_path)
    run(["sleep", "--until", "6:30"])
    run(["exam", "--json"])
    run(["demo", "--home", "here"])
    assert called == [
        ["night", "--until", "6:30"],
        ["exam", "--json"],
        ["demo", "--home", str(tmp_path / "here")],
    ]
