"""What a night costs in energy, where the processor counts it (Linux: RAPL in powercap).

The counters are of whole processors, so whatever else ran meanwhile is in the figure, and memory,
disk and graphics cards are not. Many systems let only the administrator read them: then nothing is
known, and nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

POWERCAP = Path("/sys/class/powercap")
_MICROJOULES: Final = 3.6e9  # in a watt hour


@dataclass
class _Counter:
    """One processor's counter, which begins anew at `range`, all in microjoules."""

    file: Path
    range: int
    last: int
    used: int = 0

    def read(self) -> None:
        """Take what was used since the last reading."""
        now = _number(self.file)
        self.used += (now - self.last) % (self.range + 1)
        self.last = now


class Meter:
    """The energy from now on. Read it every few minutes: a busy counter is once around in an hour.

    powercap: the folder of the counters (kernel documentation, power/powercap).
    """

    def __init__(self, powercap: Path) -> None:
        self._counters: list[_Counter] = []
        try:
            # Zones named package are whole processors; the others are their parts, or hold them.
            for zone in sorted(powercap.glob("intel-rapl:*")):
                if (zone / "name").read_text().startswith("package"):
                    file = zone / "energy_uj"
                    limit = _number(zone / "max_energy_range_uj")
                    self._counters.append(_Counter(file, limit, _number(file)))
        except (OSError, ValueError):
            self._counters = []

    def read(self) -> None:
        """Take a reading; a counter that can no longer be read makes all of it unknown."""
        try:
            for counter in self._counters:
                counter.read()
        except (OSError, ValueError):
            self._counters = []

    def watt_hours(self) -> float | None:
        """What was used so far, as of now; None: unknown."""
        self.read()
        if not self._counters:
            return None
        return sum(counter.used for counter in self._counters) / _MICROJOULES


def _number(file: Path) -> int:
    return int(file.read_text())
