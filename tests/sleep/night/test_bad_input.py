"""What can be wrong before or while a night runs: a clear message, the documented exit code, and
nothing lost."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import gguf
import pytest

from assistant.journal import Journal
from assistant.journal.memories import pause
from sleep import bedtime
from sleep.bedtime import minutes_until
from sleep.lock import only_night
from sleep.memory_plan import Machine
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home


def with_model(home: Home, model: Path) -> Home:
    return Home(home.folder, home.environment | {"REVERIE_MODEL__PATH": str(model)})


def test_no_journal(home: Home, sleep: Sleep):
    assert not home.paths.journal.exists()
    slept = sleep(home, "--json")
    assert slept.code == 4
    assert slept.found["status"] == "nothing"
    assert slept.found["reason"] == "nothing was said"
    assert home.nights()[0]["status"] == "nothing"


def test_an_empty_day_in_words(home: Home, sleep: Sleep):
    slept = sleep(home)
    assert slept.code == 4
    assert slept.out == "Nothing was said.\n"


def test_a_night_at_work(told: Home, sleep: Sleep):
    with only_night(told.paths.night_lock):
        slept = sleep(told, "--json")
    assert (slept.code, slept.out) == (5, "")
    assert slept.err == (
        "reverie: Another night runs already. 'reverie status' shows how far it is.\n"
    )
    assert told.nights() == []


def test_a_locked_journal(told: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch):
    class Impatient(Journal):
        @classmethod
        def open(cls, path: Path, busy_seconds: float = 0.05) -> Journal:
            return super().open(path, busy_seconds)

    monkeypatch.setattr(bedtime, "Journal", Impatient)
    with told.journal() as holder, holder.writing():
        slept = sleep(told)
    assert slept.code == 5
    assert "is locked by another program. Close what is using it" in slept.err
    assert told.nights() == []
    told.check()


def not_gguf(model: Path) -> None:
    model.write_bytes(b"PK\x03\x04" + bytes(1000))


def truncated(model: Path) -> None:
    model.write_bytes(model.read_bytes()[: model.stat().st_size // 2])


def without_template(model: Path) -> None:
    data = model.read_bytes()
    assert data.count(gguf.Keys.Tokenizer.CHAT_TEMPLATE.encode()) == 1
    model.write_bytes(data.replace(b"tokenizer.chat_template", b"tokenizer.chat_nothing_"))


def unknown_architecture(model: Path) -> None:
    data = model.read_bytes()
    key = gguf.Keys.General.ARCHITECTURE.encode() + (8).to_bytes(4, "little")
    named = key + (5).to_bytes(8, "little") + b"llama"
    assert data.count(named) == 1
    data = data.replace(named, named.removesuffix(b"llama") + b"lamia")
    model.write_bytes(data.replace(b"llama.", b"lamia."))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (not_gguf, "is not a GGUF file"),
        (truncated, "is truncated: "),
        (without_template, "holds no chat template"),
        (unknown_architecture, "unknown model architecture"),
        (Path.unlink, "does not exist"),
    ],
)
def test_a_model_that_cannot_be_used(
    spoil: Callable[[Path], None],
    message: str,
    told: Home,
    sleep: Sleep,
    model: Path,
    tmp_path: Path,
):
    spoiled = tmp_path / "spoiled.gguf"
    spoiled.write_bytes(model.read_bytes())
    spoil(spoiled)
    slept = sleep(with_model(told, spoiled), "--json")
    assert (slept.code, slept.out) == (1, "")
    (said,) = [line for line in slept.err.splitlines() if line.startswith("reverie: ")]
    assert message in said
    assert "spoiled.gguf" in said
    assert "Traceback" not in slept.err
    (night,) = told.nights()
    assert night["status"] == "failed"
    assert message in night["reason"]
    assert told.leftovers() == []
    # With the right file again, everything is still there to be learned.
    assert sleep(told, "--resume").code == 0
    assert told.texts("learned") == LEARNED
    told.check()


def test_a_night_that_would_not_fit_into_memory(told: Home, sleep: Sleep, monkeypatch):
    monkeypatch.setattr(Machine, "here", lambda *_: Machine(free=100_000_000, value=4))
    slept = sleep(told, "--json")
    assert slept.code == 4
    assert slept.found["status"] == "skipped"
    assert "of memory and 0.1 GB are free" in slept.found["reason"]
    assert told.nights() == []
    monkeypatch.undo()
    assert sleep(told, "--json").found["status"] == "learned"


def test_paused(told: Home, sleep: Sleep):
    with told.journal() as journal:
        pause(journal, True)
    slept = sleep(told, "--json")
    assert slept.code == 4
    assert slept.found["status"] == "skipped"
    assert "learning is paused" in slept.found["reason"]
    assert told.nights() == []
    assert told.memories() == []
    with told.journal() as journal:
        pause(journal, False)
    assert sleep(told).code == 0
    assert told.texts("learned") == LEARNED


@pytest.mark.parametrize(
    ("clock", "minutes"),
    [("06:30", 390), ("0:01", 1), ("23:59", 1439), ("00:00", 1440), ("6:30", 390)],
)
def test_until(clock: str, minutes: float):
    assert minutes_until(clock, datetime(2026, 3, 1)) == minutes


def test_until_counts_from_now():
    assert minutes_until("06:30", datetime(2026, 3, 1, 23, 15, 30)) == 434.5
    assert minutes_until("06:30", datetime(2026, 3, 1, 6, 30)) == 24 * 60


@pytest.mark.parametrize("clock", ["25:00", "12:60", "noon", "12", "", "12:30:00", "-1:30"])
def test_until_what(clock: str, told: Home, sleep: Sleep):
    slept = sleep(told, f"--until={clock}")
    assert slept.code == 2
    assert "Traceback" not in slept.err
    assert told.nights() == []


def test_a_night_without_time_says_so_and_goes_on_later(told: Home, sleep: Sleep):
    slept = sleep(told, "--minutes", "0.0001", "--json")
    assert slept.code == 130
    assert slept.found["status"] == "interrupted"
    assert slept.found["reason"].startswith("its time was up")
    (night,) = told.nights()
    assert (night["status"], night["reason"]) == ("interrupted", slept.found["reason"])
    assert told.served() == 0
    told.check()
    assert sleep(told, "--resume").code == 0
    assert told.texts("learned") == LEARNED
