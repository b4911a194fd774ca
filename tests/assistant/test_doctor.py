"""The doctor finds what is wrong and says what to do."""

import json
from pathlib import Path

import pytest

from assistant import doctor, settings
from assistant.cli.main import run
from assistant.doctor import Check, examine
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.paths import Paths


def found(paths: Paths) -> dict[str, Check]:
    return {check.name: check for check in examine(paths)}


def test_every_check_has_a_verdict_and_advice_when_not_ok(paths: Paths, journal: Journal):
    checks = found(paths)
    assert len(checks) == 11
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
