"""What a night's record says of its energy."""

from sleep.manners import energy
from sleep.manners.energy import Meter
from tests.sleep.manners.test_energy import WATT_HOUR, zone
from tests.sleep.night.conftest import Sleep
from tests.sleep.night.helpers import Home


def test_a_nights_record_has_its_energy(told: Home, sleep: Sleep, tmp_path, monkeypatch):
    counter = zone(tmp_path / "cap", "intel-rapl:0", "package-0", 0)
    monkeypatch.setattr(energy, "POWERCAP", tmp_path / "cap")
    read = Meter.read

    def busy(self: Meter) -> None:
        counter.write_text(str(WATT_HOUR // 2))
        read(self)

    monkeypatch.setattr(Meter, "read", busy)
    assert sleep(told, "--json").found["energy_wh"] == 0.5
    (row,) = told.rows("SELECT report FROM nights")
    assert '"energy_wh":0.5' in row["report"]


def test_a_night_without_counters_says_that_nothing_is_known(told: Home, sleep: Sleep, monkeypatch):
    monkeypatch.setattr(energy, "POWERCAP", told.folder / "nowhere")
    assert sleep(told, "--json").found["energy_wh"] is None
