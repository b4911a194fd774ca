"""The doctor finds what is wrong and says what to do."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
import pytest

from assistant import abilities, doctor, settings
from assistant.cli.main import run
from assistant.doctor import Check, examine
from assistant.errors import ReverieError
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.needs import NightMemory
from assistant.paths import Paths
from assistant.system import Ran
from tests.assistant.conftest import NIGHT, TIGHT
from tests.recorder import Recorder

MEASURED = abilities.pace


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained to see how fast that would be, and no night is asked what it needs."""
    monkeypatch.setattr(abilities, "pace", lambda _: None)
    monkeypatch.setattr(abilities, "night_memory", lambda _: NIGHT)


def found(paths: Paths) -> dict[str, Check]:
    return {check.name: check for check in examine(paths)}


def test_every_check_has_a_verdict_and_advice_when_not_ok(paths: Paths, journal: Journal):
    checks = found(paths)
    assert len(checks) == 16
    for check in checks.values():
        assert check.verdict == "ok" or check.advice, check.name
    assert checks["journal"].verdict == "ok"
    assert checks["permissions"].verdict == "ok"


def test_a_missing_model_and_wrong_settings_are_failures(paths: Paths):
    settings.store(paths, "model.path", "/nowhere.gguf")
    assert found(paths)["base_model"].verdict == "fail"
    paths.settings_file.write_text("[chat]\ntemperature = 'hot'\n")
    assert found(paths)["settings"].verdict == "fail"


def test_a_changed_model_file_is_a_failure(paths: Paths, journal: Journal):
    generations = Generations(paths, journal)
    gguf = generations.folder(generations.reserve()) / "model.gguf"
    gguf.write_bytes(b"as written")
    generations.record(1, parent=0, sha256="0" * 64, night_id=1)
    generations.promote(1)
    check = found(paths)["served_model"]
    assert (check.verdict, "rollback" in check.advice) == ("fail", True)


def test_a_damaged_journal_and_open_files_are_found(paths: Paths):
    paths.journal.write_bytes(b"no database" * 99)
    paths.journal.chmod(0o644)
    checks = found(paths)
    assert checks["journal"].verdict == "fail"
    assert checks["permissions"].verdict == "warn" or paths.journal.stat().st_mode & 0o077 == 0


def test_loose_modes_are_found(paths: Paths):
    (paths.cache_dir / "open").touch(mode=0o600)
    (paths.cache_dir / "open").chmod(0o644)
    assert "open" in found(paths)["permissions"].found


def test_little_room_is_said(paths: Paths, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "FREE_TO_CHAT", 1 << 62)
    monkeypatch.setattr(doctor, "MEMORY_TO_SLEEP", 1 << 62)
    checks = found(paths)
    assert checks["disk"].verdict == "fail"
    assert checks["memory"].verdict == "warn"


def test_a_missing_torch_is_a_failure(paths: Paths, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "find_spec", lambda _name: None)
    assert found(paths)["torch"].verdict == "fail"


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path, paths: Paths):
    settings.store(paths, "model.path", str(tmp_path / "nowhere.gguf"))
    assert run(["doctor", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["well"] is False
    assert {"name", "verdict", "found", "advice"} == set(result["checks"][0])
    assert run(["doctor"]) == 1
    assert "reverie models use" in capsys.readouterr().out


def tells(paths: Paths, name: str) -> str:
    check = found(paths)[name]
    return f"{check.verdict}: {check.found}"


def test_what_this_machine_can_do(
    paths: Paths, tiny_gguf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    settings.store(paths, "model.path", str(tiny_gguf("llama", "Q8_0")))
    assert tells(paths, "chat").startswith("ok: yes")
    assert tells(paths, "sleep_on_cpu") == (
        "ok: yes: a night needs about 2.0 GB of 8.0 GB of memory, and 0.0 GB of disk"
    )
    monkeypatch.setattr(abilities, "night_memory", lambda _: TIGHT)
    tight = found(paths)["sleep_on_cpu"]
    assert f"{tight.verdict}: {tight.found}" == (
        "warn: no: a night needs about 9.0 GB of memory and there are 8.0 GB"
    )
    assert tight.advice == TIGHT.offer

    def cannot(_: Path) -> NightMemory:
        raise ReverieError("it caps its logits")

    monkeypatch.setattr(abilities, "night_memory", cannot)
    assert tells(paths, "sleep_on_cpu") == "warn: no: it caps its logits"
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(1_000))
    assert tells(paths, "chat").startswith("fail: no")


@dataclass
class Memory:
    total: int

    @property
    def available(self) -> int:
        return self.total


def test_a_model_for_chat_only(
    paths: Paths, tiny_gguf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    settings.store(paths, "model.path", str(tiny_gguf("llama", "Q8_0")))
    monkeypatch.setattr("assistant.model_file.TRAINABLE", frozenset())
    assert tells(paths, "sleep_on_cpu") == (
        "warn: no, chat only: models of architecture 'llama' cannot be trained"
    )


def test_gpus(paths: Paths, tiny_gguf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    recorder = Recorder("linux")
    recorder.take_over(monkeypatch.setattr)
    assert tells(paths, "sleep_on_gpu") == "ok: no GPU was seen: nights run on the processor"
    recorder.answers["nvidia-smi"] = Ran(0, "NVIDIA RTX 4090, 24564 MiB\n")
    monkeypatch.setattr(abilities, "version", lambda _: "2.13.0+cpu")
    assert tells(paths, "sleep_on_gpu").startswith("warn: no: there is NVIDIA RTX 4090, 24564 MiB")
    monkeypatch.setattr(abilities, "version", lambda _: "2.13.0+cu128")
    monkeypatch.setattr(abilities, "find_spec", lambda _: None)
    assert tells(paths, "sleep_on_gpu").startswith("warn: slowly")
    monkeypatch.setattr(abilities, "find_spec", lambda _: object())
    settings.store(paths, "model.path", str(tiny_gguf("llama", "Q8_0")))
    assert tells(paths, "sleep_on_gpu").startswith("ok: there is NVIDIA RTX 4090, 24564 MiB")
    for night, said in (
        (NIGHT, "ok: yes: a night needs about 2.0 GB of 8.0 GB of GPU memory (NVIDIA"),
        (TIGHT, "warn: no: a night needs about 9.0 GB of GPU memory and there are 8.0 GB (NVIDIA"),
    ):
        on_gpu = msgspec.structs.replace(night, gpu=True)
        monkeypatch.setattr(abilities, "night_memory", lambda _, on_gpu=on_gpu: on_gpu)
        assert tells(paths, "sleep_on_gpu").startswith(said)
        assert tells(paths, "sleep_on_cpu") == "ok: not needed: nights run on the GPU"


def test_how_long_a_night_takes_is_measured_or_unknown(paths: Paths, journal: Journal):
    assert "not known before the first one" in tells(paths, "night")
    for minutes, status in (
        (9.0, "learned"),
        (99.0, "failed"),
        (12.0, "refused"),
        (10.0, "learned"),
    ):
        report = json.dumps({"minutes": minutes, "memory_peak_mb": 2500})
        with journal.writing() as db:
            sql = "INSERT INTO nights (started, ended, status, report) VALUES ('', '', ?, ?)"
            db.execute(sql, [status, report])
    assert tells(paths, "night") == (
        "ok: the last 3 nights, at the median, took 10.0 minutes and up to 2.5 GB of memory"
    )


def test_the_first_night_is_estimated_once_for_a_model(
    paths: Paths, tiny_gguf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(abilities, "pace", MEASURED)
    settings.store(paths, "model.path", str(tiny_gguf("llama", "Q8_0")))
    recorder = Recorder()
    recorder.take_over(monkeypatch.setattr)
    asked = f"{sys.executable} -P -m sleep pace"
    for unusable in (Ran(1, ""), Ran(0, "[]"), Ran(0, '{"minutes": "soon"}')):
        recorder.answers[asked] = unusable
        assert "not known before the first one" in tells(paths, "night")
    recorder.answers[asked] = Ran(0, '{"minutes": 6.0}')
    said = "ok: the first one may take 4 to 12 minutes, by the speed of training"
    assert [tells(paths, "night") for _ in range(2)] == [said, said]
    assert recorder.calls.count(asked) == 4
    (paths.cache_dir / "pace.json").write_text("{")
    recorder.answers[asked] = Ran(0, '{"minutes": 600.0}')
    assert tells(paths, "night").startswith("warn: the first one may take 420 to 1200 minutes")
    settings.store(paths, "model.path", str(tiny_gguf("qwen3", "Q8_0")))
    tells(paths, "night")
    assert recorder.calls.count(asked) == 6, "another model is measured anew"
