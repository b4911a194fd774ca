"""Man page, completions, units and desktop entry are those of the commands, and work."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.cli import artifacts, docs
from assistant.cli.manual import page

REPO = Path(__file__).parents[2]


@pytest.mark.parametrize("path", artifacts.texts(), ids=lambda path: path.name)
def test_they_are_up_to_date(path: Path):
    text = artifacts.texts()[path]
    assert path.read_text(encoding="utf-8") == text, "run python -m assistant.cli.artifacts"


def test_the_man_page_has_every_command_and_option():
    plain = page().replace("\\-", "-")
    for name, command, _ in docs.commands():
        assert name in plain
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option in plain, f"{name} {option}"


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff checks the page")
def test_the_man_page_prints_without_a_complaint():
    printed = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-b", "-z"],
        input=page(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stderr == ""


def test_bash_completes(tmp_path: Path):
    command = tmp_path / "reverie"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m assistant.cli.main "$@"\n')
    command.chmod(0o755)
    script = artifacts.FOLDER / "completions" / "reverie.bash"
    asking = f"source {script}; COMP_WORDS=(reverie mem) COMP_CWORD=1; _reverie_completion reverie"
    done = subprocess.run(
        ["bash", "-c", f'{asking}; echo "${{COMPREPLY[@]}}"'],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["memories"]


def test_the_desktop_entry_can_be_read():
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(artifacts.FOLDER / "reverie.desktop")
    found = entry["Desktop Entry"]
    assert (found["Type"], found["Exec"], found["Terminal"]) == ("Application", "reverie", "true")
    assert found["Categories"].endswith(";")
