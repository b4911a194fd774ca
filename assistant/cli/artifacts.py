"""Writes what packagers install beside the program: `python -m assistant.cli.artifacts`.

Man page, completions, systemd units and desktop entry, made from the commands; a test fails when
one of the files is not what this writes.
"""

from __future__ import annotations

from pathlib import Path

from click.shell_completion import ShellComplete, get_completion_class

from assistant.cli.main import cli
from assistant.cli.manual import page
from assistant.schedule import units

FOLDER = Path(__file__).parents[2] / "packaging"
SHELLS = ("bash", "zsh", "fish")

# The icon is one that every desktop's theme has.
_DESKTOP = """\
[Desktop Entry]
Type=Application
Name=Reverie
Comment=A personal assistant that sleeps
Exec=reverie
Icon=weather-clear-night
Terminal=true
Categories=Utility;ConsoleOnly;
Keywords=assistant;chat;memory;
"""


def completion(shell: str) -> str:
    """The script that completes `reverie` in a shell, by asking it."""
    kind = get_completion_class(shell)
    assert kind is not None  # click has it
    # Not the class's own `source`: for bash it starts one, to see its version.
    return ShellComplete.source(kind(cli, {}, "reverie", "_REVERIE_COMPLETE"))


def texts() -> dict[Path, str]:
    """Every file and what is to be in it."""
    command = ["reverie", "sleep", "--scheduled"]
    return {
        FOLDER / "man" / "reverie.1": page(),
        **{FOLDER / "completions" / f"reverie.{shell}": completion(shell) for shell in SHELLS},
        FOLDER / "systemd" / "reverie.service": units.systemd_service(command, {}),
        FOLDER / "systemd" / "reverie.timer": units.systemd_timer(),
        FOLDER / "reverie.desktop": _DESKTOP,
    }


if __name__ == "__main__":
    for path, text in texts().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
