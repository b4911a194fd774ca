"""Another base model: checked first, and nothing that was learned is lost on the way or back."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from assistant import bases, needs, settings
from assistant.cli.main import run
from assistant.errors import ReverieError
from assistant.generations import Generations
from assistant.hashes import file_sha256, model_sha256
from assistant.journal import Journal
from assistant.journal.memories import add, memories
from assistant.needs import WIDE_UP_TO, NightAnswer
from assistant.paths import Paths
from assistant.retention import prune
from assistant.settings import GenerationSettings
from assistant.system import Ran
from sleep import export, weights
from tests.assistant.conftest import NIGHT, TIGHT
from tests.recorder import Recorder


@pytest.fixture
def first(paths: Paths, tiny_gguf: Callable[..., Path], tmp_path: Path) -> Path:
    """The base that is used now."""
    path = tmp_path / "first.gguf"
    shutil.copy(tiny_gguf("llama", "Q8_0"), path)
    settings.store(paths, "model.path", str(path))
    return path


@pytest.fixture
def second(tiny_gguf: Callable[..., Path], tmp_path: Path) -> Path:
    """Another one."""
    path = tmp_path / "second.gguf"
    shutil.copy(tiny_gguf("qwen2", "Q8_0"), path)
    return path


def learn(paths: Paths, journal: Journal, base: Path, text: str) -> int:
    """As a night does it: a memory that is in the weights of a new generation, which is served."""
    memory = add(journal, text)
    generations = Generations(paths, journal)
    number = generations.reserve()
    shutil.copy(base, generations.folder(number) / "model.gguf")
    with journal.writing() as db:
        night = db.execute(
            "INSERT INTO nights (started, ended, status, generation, base)"
            " VALUES ('2026', '2026', 'learned', ?, ?)",
            [number, file_sha256(base)],
        ).lastrowid
        assert night is not None
        sql = "UPDATE memories SET state = 'learned', level = 1, night = ? WHERE id = ?"
        db.execute(sql, [night, memory])
    manifest = json.dumps({"base_sha256": file_sha256(base)})
    parent = generations.current_id()
    generations.record(number, parent=parent, sha256="", night_id=night, manifest=manifest)
    generations.promote(number)
    return number


def state(paths: Paths, journal: Journal) -> tuple[int, dict[str, str]]:
    known = {memory.text: memory.state for memory in memories(journal)}
    return Generations(paths, journal).current_id(), known


def test_there_and_back(paths: Paths, journal: Journal, first: Path, second: Path):
    assert learn(paths, journal, first, "dog") == 1
    assert run(["models", "use", str(second)]) == 0
    assert settings.load(paths).model.path == str(second)
    assert state(paths, journal) == (0, {"dog": "waiting"}), "in the prompt again, at level 0"
    assert Generations(paths, journal).current().gguf == second
    assert learn(paths, journal, second, "cat") == 2
    assert run(["models", "use", str(first)]) == 0
    assert state(paths, journal) == (1, {"dog": "waiting", "cat": "waiting"})
    assert run(["models", "use", str(second)]) == 0
    assert state(paths, journal)[0] == 2
    assert {g.id for g in Generations(paths, journal).list()} == {0, 1, 2}
    assert all(g.gguf.is_file() for g in Generations(paths, journal).list())


def test_a_generation_of_another_base_says_where_that_is(
    paths: Paths,
    journal: Journal,
    first: Path,
    second: Path,
    capsys: pytest.CaptureFixture[str],
):
    learn(paths, journal, first, "dog")
    run(["models", "use", str(second)])
    capsys.readouterr()
    assert run(["models", "use", "1"]) == 3
    assert f"'reverie models use {first}'" in capsys.readouterr().err
    assert state(paths, journal)[0] == 0
    assert run(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["base"] for row in rows] == [None, file_sha256(first)]


def test_a_generation_that_may_not_be_served_does_not_come_back(
    paths: Paths, journal: Journal, first: Path, second: Path
):
    learn(paths, journal, first, "dog")
    run(["models", "use", str(second)])
    with journal.writing() as db:
        db.execute("UPDATE generations SET holds_forgotten = 1 WHERE id = 1")
    assert run(["models", "use", str(first)]) == 0
    assert state(paths, journal)[0] == 0


def test_what_is_served_is_known_without_a_word(
    paths: Paths, journal: Journal, first: Path, second: Path
):
    """Somebody changed the settings by hand, and changes them back by the command."""
    learn(paths, journal, first, "dog")
    bases.note(paths, journal, file_sha256(first))
    settings.store(paths, "model.path", str(second))
    bases.note(paths, journal, file_sha256(second))
    assert bases.path_of(journal, file_sha256(first)) == str(first)
    assert state(paths, journal) == (1, {"dog": "learned"})
    assert run(["models", "use", str(second)]) == 0
    assert state(paths, journal) == (0, {"dog": "waiting"})
    assert run(["models", "use", str(first)]) == 0
    assert state(paths, journal)[0] == 1


def test_what_is_served_elsewhere_is_kept(
    paths: Paths, journal: Journal, first: Path, second: Path
):
    learn(paths, journal, first, "dog")
    run(["models", "use", str(second)])
    for _ in range(3):
        learn(paths, journal, second, "cat")
    gone = prune(Generations(paths, journal), GenerationSettings(keep=1))
    assert 1 not in gone
    assert gone == [2]


@pytest.mark.parametrize("status", ["interrupted", "failed", "learned"])
def test_a_night_that_was_cut_off_on_the_old_base_is_closed(
    paths: Paths, journal: Journal, first: Path, second: Path, status: str
):
    with journal.writing() as db:
        sql = "INSERT INTO nights (started, status, base) VALUES ('2026', ?, ?)"
        db.execute(sql, [status, file_sha256(first)])
        db.execute("INSERT INTO stages (night_id, name, started, ended) VALUES (1, 'grow', '', '')")
    run(["models", "use", str(second)])
    with journal.reading() as db:
        found = db.execute("SELECT status FROM nights").fetchone()[0]
    assert found == ("learned" if status == "learned" else "skipped")


def test_not_while_a_night_runs(paths: Paths, journal: Journal, first: Path, second: Path):
    with journal.writing() as db:
        db.execute("INSERT INTO nights (started, status, pid) VALUES ('2026', 'running', 1)")
    assert run(["models", "use", str(second)]) == 5
    assert settings.load(paths).model.path == str(first)


def test_not_against_the_environment(
    paths: Paths, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REVERIE_MODEL__PATH", str(first))
    assert run(["models", "use", str(second)]) == 2
    assert settings.load(paths, {}).model.path == str(first)


def test_what_it_says(paths: Paths, first: Path, second: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["models", "use", str(second), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["path"] == str(second)
    assert (row["arch"], row["learns"], row["warnings"]) == ("qwen2", True, [])
    assert (row["night"]["memory"], row["night"]["least"]) == (NIGHT.usual, NIGHT.least)
    assert row["night"]["disk"] > second.stat().st_size
    assert run(["models", "use", str(first)]) == 0
    said = capsys.readouterr().err
    assert "A night needs about 2.0 GB of memory (1.5 GB where it is scarce) and 9" in said


def test_too_little_memory(
    paths: Paths,
    first: Path,
    second: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    class Small:
        total = 300_000_000

    monkeypatch.setattr(psutil, "virtual_memory", Small)
    assert run(["models", "use", str(second)]) == 3
    assert "0.3 GB" in capsys.readouterr().err
    assert settings.load(paths).model.path == str(first)
    monkeypatch.setattr(bases, "night_memory", lambda _: TIGHT)
    assert run(["models", "use", str(second), "--force"]) == 0
    assert (
        "Note: a night needs about 9.0 GB of memory and this machine has 8.0 GB. "
        "It would fit with sleep.batch 8." in capsys.readouterr().err
    )


def test_chat_only(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("assistant.model_file.TRAINABLE", frozenset({"llama"}))
    assert run(["models", "use", str(second)]) == 0
    assert "chat only" in capsys.readouterr().err


def test_what_only_the_night_knows_is_asked_of_it(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(bases, "night_memory", needs.night_memory)
    recorder = Recorder()
    recorder.take_over(monkeypatch.setattr)
    asked = f"{sys.executable} -P -m sleep needs {second}"
    for answer, said in (
        (Ran(0, msgspec.json.encode(NightAnswer(NIGHT)).decode()), "A night needs about 2.0 GB"),
        (Ran(0, '{"cannot": "it caps its logits"}'), "Note: chat only: it caps its logits."),
        (Ran(1, "", "Traceback\nno torch"), "Note: what a night needs could not be found out: no"),
    ):
        recorder.answers[asked] = answer
        assert run(["models", "use", str(second)]) == 0
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model"])
def test_a_file_that_is_no_model_is_refused(
    paths: Paths, first: Path, tmp_path: Path, content: bytes
):
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(content)
    assert run(["models", "use", str(bad)]) == 1
    assert settings.load(paths).model.path == str(first)


def test_a_name_that_nothing_has(first: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["models", "use", "no-such-model"]) == 2
    assert "models scan" in capsys.readouterr().err


def test_a_base_that_has_disappeared(
    paths: Paths,
    journal: Journal,
    first: Path,
    second: Path,
    capsys: pytest.CaptureFixture[str],
):
    """Its owner removed it: generations are whole files and are still served; the rest says so."""
    learn(paths, journal, first, "dog")
    first.unlink()
    assert Generations(paths, journal).current().id == 1
    assert run(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert (rows[0]["bytes"], rows[0]["path"]) == (None, str(first))
    with pytest.raises(ReverieError, match="models scan"):
        Generations(paths, journal).get(0)
    assert run(["models", "use", str(second)]) == 0
    assert state(paths, journal) == (0, {"dog": "waiting"})


def test_hashes_are_read_once(paths: Paths, first: Path, monkeypatch: pytest.MonkeyPatch):
    digest = model_sha256(first, paths)
    assert digest == file_sha256(first)
    with monkeypatch.context() as patch:
        patch.setattr("assistant.hashes.file_sha256", lambda _path: "read again")
        assert model_sha256(first, paths) == digest
        first.write_bytes(b"changed")
        assert model_sha256(first, paths) == "read again"
    (paths.cache_dir / "model-hashes.json").write_text("{")
    assert model_sha256(first, paths) == file_sha256(first)


def test_what_is_said_of_a_night_is_what_it_does():
    assert weights._FLOAT32_UP_TO == WIDE_UP_TO
    assert pytest.approx(1.15) == export.MAX_GROWTH
