"""A light sleeper: last in line for processor and disk, the machine kept awake only meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from assistant import system

_NICEST = 19


def step_back() -> None:
    """Give this process, and those it starts, the lowest priority for processor and disk."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.IDLE_PRIORITY_CLASS)
        process.ionice(psutil.IOPRIO_VERYLOW)
        return
    process.nice(_NICEST)
    if sys.platform == "linux":
        process.ionice(psutil.IOPRIO_CLASS_IDLE)


@contextmanager
def kept_awake() -> Iterator[None]:
    """Inside, the machine does not suspend by itself. However this process ends, that ends too.

    The inhibitor is a process of its own that ends when this one does: it reads a pipe that only
    this process holds open (Linux), or is told whom to watch (macOS).
    """
    command = _keeper()
    end = system.start(*command) if command else None
    _windows_awake(True)
    try:
        yield
    finally:
        _windows_awake(False)
        if end is not None:
            end()


def _keeper() -> tuple[str, ...]:
    name = system.platform()
    if name == "darwin":
        return ("caffeinate", "-i", "-w", str(os.getpid()))
    if name == "linux":
        why = "--why=It sleeps, and is done in a few minutes"
        return ("systemd-inhibit", "--what=sleep:idle", "--who=Reverie", why, "cat")
    return ()


def _windows_awake(on: bool) -> None:
    if sys.platform == "win32":
        import ctypes

        continuous, system_required = 0x80000000, 0x00000001
        state = continuous | system_required if on else continuous
        ctypes.windll.kernel32.SetThreadExecutionState(state)
