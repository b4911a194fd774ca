"""Energy from the kernel's counters, on a folder like theirs; and none where there are none."""

from pathlib import Path

import pytest

from sleep.manners.energy import Meter

RANGE = 262_143_328_850
WATT_HOUR = 3_600_000_000


def zone(folder: Path, name: str, kind: str, used: int) -> Path:
    made = folder / name
    made.mkdir(parents=True)
    for file, value in (("name", kind), ("energy_uj", used), ("max_energy_range_uj", RANGE)):
        (made / file).write_text(f"{value}\n")
    return made / "energy_uj"


def test_whole_processors_are_added_and_their_parts_are_not(tmp_path):
    first = zone(tmp_path, "intel-rapl:0", "package-0", 5 * WATT_HOUR)
    core = zone(tmp_path, "intel-rapl:0:0", "core", 0)
    second = zone(tmp_path, "intel-rapl:1", "package-1", 0)
    platform = zone(tmp_path, "intel-rapl:2", "psys", 0)
    meter = Meter(tmp_path)
    assert meter.watt_hours() == 0
    first.write_text(f"{7 * WATT_HOUR}\n")
    for file in (core, second, platform):
        file.write_text(f"{WATT_HOUR}\n")
    assert meter.watt_hours() == pytest.approx(3)
    assert meter.watt_hours() == pytest.approx(3), "asking costs nothing"


def test_a_counter_that_begins_anew(tmp_path):
    counter = zone(tmp_path, "intel-rapl:0", "package-0", RANGE - WATT_HOUR + 1)
    meter = Meter(tmp_path)
    counter.write_text(str(WATT_HOUR))
    meter.read()
    counter.write_text(str(2 * WATT_HOUR))
    assert meter.watt_hours() == pytest.approx(3)


def test_what_cannot_be_read_is_unknown(tmp_path):
    assert Meter(tmp_path / "nowhere").watt_hours() is None
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    zone(tmp_path, "intel-rapl:1", "package-1", 0).unlink()
    assert Meter(tmp_path).watt_hours() is None, "one of two processors is not the energy"
    meter = Meter(tmp_path)
    counter.unlink()
    assert meter.watt_hours() is None
