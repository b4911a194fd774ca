"""Puts the system's timer in place and takes it away again: systemd, launchd, Task Scheduler.

What is installed is what its files say, so that `reverie status` need not ask the system.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from assistant import system
from assistant.errors import ReverieError
from assistant.paths import HOME_VARIABLE, Paths, write_atomic
from assistant.schedule import units

_TASK = "Reverie"


@dataclass(frozen=True)
class Timer:
    """The timer of one kind of system: its files, and what starts, stops and asks it."""

    files: Mapping[Path, str]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    """Run before the files go."""
    settle: tuple[tuple[str, ...], ...]
    """Run after the files are gone."""
    ask: tuple[str, ...]
    """Ends with 0 when the timer is at work."""
    traces: tuple[Path, ...] = ()
    """Files and links that the system has made because of it."""
    folders: tuple[Path, ...] = ()
    """Folders that go as well where nothing else is in them, inner ones first."""
    encoding: str = "utf-8"

    @property
    def installed(self) -> bool:
        """Whether all of its files are there."""
        return all(path.is_file() for path in self.files)

    def active(self) -> bool:
        """Whether the system says that it is at work."""
        return self.installed and system.run(*self.ask).code == 0

    def install(self) -> list[Path]:
        """Write the files and start the timer; returns the files.

        Raises ReverieError, with nothing left behind, when the system does not take it.
        """
        for path, text in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, text, self.encoding)
        for command in self.start:
            ran = system.run(*command)
            if ran.code != 0:
                self.remove()
                said = (ran.err or ran.out).strip().splitlines()
                raise ReverieError(
                    f"'{' '.join(command)}' failed: {said[-1] if said else f'code {ran.code}'}",
                    "Nothing was installed. 'reverie sleep --scheduled', started by any timer "
                    "every quarter of an hour, does the same.",
                )
        return list(self.files)

    def remove(self) -> list[Path]:
        """Stop the timer and take its files and traces away; returns what is gone."""
        for command in self.stop:
            system.run(*command)
        gone = [path for path in (*self.files, *self.traces) if os.path.lexists(path)]
        for path in gone:
            path.unlink()
        for folder in self.folders:
            with suppress(OSError):  # it is not empty, or was never made
                folder.rmdir()
        for command in self.settle:
            system.run(*command)
        return gone


def timer(paths: Paths) -> Timer:
    """The timer for this system and this installation; makes nothing."""
    makers = {"linux": _systemd, "darwin": _launchd, "win32": _tasks}
    make = makers.get(system.platform())
    if make is None:
        raise ReverieError(
            f"There is no timer here that Reverie knows ({system.platform()})",
            "Let any timer start 'reverie sleep --scheduled' every quarter of an hour.",
        )
    return make(paths)


def command() -> list[str]:
    """What a timer starts: this very installation, wherever it is."""
    return [sys.executable, "-P", "-m", "assistant.cli.main", "sleep", "--scheduled"]


def environment() -> dict[str, str]:
    """What a night started by a timer must know of the environment: where everything is."""
    home = os.environ.get(HOME_VARIABLE, "")
    return {HOME_VARIABLE: str(Path(home).expanduser().absolute())} if home else {}


def _systemd(_paths: Paths) -> Timer:
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    folder = config / "systemd" / "user"
    wants = folder / "timers.target.wants"
    systemctl = ("systemctl", "--user")
    return Timer(
        files={
            folder / "reverie.service": units.systemd_service(command(), environment()),
            folder / "reverie.timer": units.systemd_timer(),
        },
        start=((*systemctl, "daemon-reload"), (*systemctl, "enable", "--now", "reverie.timer")),
        # Not the service: a night that runs is not taken away from under somebody's eyes.
        stop=((*systemctl, "disable", "--now", "reverie.timer"),),
        settle=((*systemctl, "daemon-reload"),),
        ask=(*systemctl, "is-active", "--quiet", "reverie.timer"),
        traces=(
            data / "systemd" / "timers" / "stamp-reverie.timer",
            wants / "reverie.timer",  # where there is nobody to disable it
        ),
        folders=(wants, folder, folder.parent),
    )


def _launchd(paths: Paths) -> Timer:
    file = Path.home() / "Library" / "LaunchAgents" / f"{units.LABEL}.plist"
    domain = f"gui/{os.getuid()}"
    log = str(paths.logs_dir / "schedule.log")
    return Timer(
        files={file: units.launchd_plist(command(), environment(), log)},
        start=(("launchctl", "bootstrap", domain, str(file)),),
        stop=(("launchctl", "bootout", f"{domain}/{units.LABEL}"),),
        settle=(),
        ask=("launchctl", "print", f"{domain}/{units.LABEL}"),
        traces=(Path(log),),
    )


def _tasks(paths: Paths) -> Timer:
    program, *arguments = command()
    # Without a console window, where there is such a Python.
    windowless = PurePath(program).with_name("pythonw.exe")
    program = str(windowless) if Path(windowless).is_file() else program
    line = subprocess.list2cmdline(arguments)
    for name, value in environment().items():
        # A task has no environment of its own.
        line = f'/d /s /c "set "{name}={value}" && "{program}" {line}"'
        program = "cmd.exe"
    file = paths.state_dir / "schedule.xml"
    return Timer(
        files={file: units.windows_task(program, line)},
        start=(("schtasks", "/Create", "/F", "/TN", _TASK, "/XML", str(file)),),
        stop=(("schtasks", "/Delete", "/F", "/TN", _TASK),),
        settle=(),
        ask=("schtasks", "/Query", "/TN", _TASK),
        encoding="utf-16",
    )
