"""For how long nobody has used this machine. Unknown is not idle."""

from __future__ import annotations

import os
import re
import sys
import time

from assistant import system

ANSWER_S = 0.6
"""How long a program may take to answer; that it does not is not taken for quiet."""
ASKED = 3
"""How many are asked at most, one after the other."""

_MUTTER = (
    *("gdbus", "call", "--session", "--timeout", "1", "--dest", "org.gnome.Mutter.IdleMonitor"),
    *("--object-path", "/org/gnome/Mutter/IdleMonitor/Core"),
    *("--method", "org.gnome.Mutter.IdleMonitor.GetIdletime"),
)


def idle_seconds() -> float | None:
    """Seconds since somebody last touched keyboard, mouse or terminal; None: cannot be told."""
    name = system.platform()
    if name == "darwin":
        return _macos()
    return _windows() if name == "win32" else _linux()


def _linux() -> float | None:
    """The desktop knows best (GNOME on Wayland, any on X11); else logind, which hears of it."""
    found = _desktop()
    return _logind() if found is None else found


def _desktop() -> float | None:
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        milliseconds = re.search(r"uint64 (\d+)", _ask(*_MUTTER))
        if milliseconds:
            return int(milliseconds[1]) / 1000
    if os.environ.get("DISPLAY"):
        said = _ask("xprintidle").strip()
        if said.isdecimal():
            return int(said) / 1000
    return None


def _logind() -> float | None:
    """What sessions tell logind: terminals always do, desktops when their screen goes dark."""
    asked = [f"--property={name}" for name in ("State", "IdleHint", "IdleSinceHint")]
    said = _ask("loginctl", "show-user", str(os.getuid()), *asked)
    found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    if found.get("State") == "lingering":
        return float("inf")  # nobody is logged in
    since = found.get("IdleSinceHint", "")
    if found.get("IdleHint") == "no":
        return 0.0
    if found.get("IdleHint") == "yes" and since.isdecimal():
        return max(0.0, time.time() - int(since) / 1e6)
    return None


def _macos() -> float | None:
    nanoseconds = re.search(r'"HIDIdleTime" = (\d+)', _ask("ioreg", "-c", "IOHIDSystem", "-d", "4"))
    return int(nanoseconds[1]) / 1e9 if nanoseconds else None


def _windows() -> float | None:
    if sys.platform != "win32":
        return None
    import ctypes

    class LastInput(ctypes.Structure):
        """LASTINPUTINFO of the Windows API."""

        _fields_ = (("size", ctypes.c_uint), ("tick", ctypes.c_uint))

    found = LastInput(ctypes.sizeof(LastInput), 0)
    if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(found)):
        return None
    # Both count milliseconds since the start in 32 bits, and begin anew after 49 days.
    return float((ctypes.windll.kernel32.GetTickCount() - found.tick) & 0xFFFFFFFF) / 1000


def _ask(*command: str) -> str:
    ran = system.run(*command, seconds=ANSWER_S)
    return ran.out if ran.code == 0 else ""
