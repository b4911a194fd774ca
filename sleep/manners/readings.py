"""What the machine is like at this moment, as far as a night must care."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from assistant import system
from assistant.journal import Journal
from assistant.paths import Paths
from sleep.manners.idle import idle_seconds

# Sensors that are about something else than the processor: a warm disk is no reason to wait.
_PROCESSORS = ("coretemp", "k10temp", "zenpower", "cpu", "soc", "acpitz", "x86_pkg")


@dataclass(frozen=True)
class Readings:
    """One look at the machine. None means: this cannot be told, or there is no such thing."""

    idle_s: float | None
    """Seconds since somebody used the machine."""
    chat_s: float | None
    """Seconds since the last message in Reverie itself."""
    battery: float | None
    """Percent; None on mains."""
    temperature: float | None
    """Of the processor's hottest part, degrees Celsius."""
    load: float
    """Share of all processors that other programs use, 0 to 1."""
    memory: int
    """Bytes that can be had without pushing others out."""
    disk: int
    """Bytes free where Reverie keeps its files."""


def look(journal: Journal, paths: Paths, over_s: float | None = None) -> Readings:
    """Look at everything; load is measured over `over_s` seconds (None: since the last look)."""
    battery = psutil.sensors_battery()
    return Readings(
        idle_s=idle_seconds(),
        chat_s=_since_last_message(journal),
        battery=None if battery is None or battery.power_plugged else float(battery.percent),
        temperature=_temperature(),
        load=psutil.cpu_percent(interval=over_s) / 100,
        memory=psutil.virtual_memory().available,
        disk=psutil.disk_usage(str(paths.data_dir)).free,
    )


def _since_last_message(journal: Journal) -> float | None:
    """Imported messages keep their old times, and so are nobody's doing now."""
    with journal.reading() as db:
        last = db.execute("SELECT max(created) FROM messages").fetchone()[0]
    if last is None:
        return None
    return (datetime.now(UTC) - datetime.fromisoformat(last)).total_seconds()


def _temperature() -> float | None:
    if system.platform() != "linux":
        return None  # psutil knows no sensors elsewhere
    found = [
        each.current
        for name, parts in psutil.sensors_temperatures().items()
        if name.startswith(_PROCESSORS)
        for each in parts
    ]
    return max(found, default=None)
