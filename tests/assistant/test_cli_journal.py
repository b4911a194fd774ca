"""`reverie journal`: whole days in, everything out, and gone when deleted."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.main import run
from assistant.journal import Journal
from assistant.paths import Paths

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A file with one conversation of two messages."""
    messages = [
        {"role": "user", "content": "My dog is Biscuit", "time": "2026-11-23T10:00:00Z"},
        {"role": "assistant", "content": "Nice", "time": "2026-11-23T10:00:01Z"},
    ]
    path = tmp_path / "day.json"
    path.write_text(json.dumps({"conversations": [{"title": "Dogs", "messages": messages}]}))
    return path


def as_json(capsys: Capture, *arguments: str, code: int = 0) -> Any:
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_import_export_round_trip(capsys: Capture, day: Path, tmp_path: Path):
    done = as_json(capsys, "journal", "import", str(day), "--trust")
    assert done == {"conversations": 1, "messages": 2, "known": 0, "approved": 1}
    assert as_json(capsys, "journal", "import", str(day))["messages"] == 0
    assert run(["journal", "export"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert exported["conversations"][0]["messages"][0]["content"] == "My dog is Biscuit"
    assert run(["journal", "export", str(tmp_path / "out.json")]) == 0
    assert json.loads((tmp_path / "out.json").read_text()) == exported
    capsys.readouterr()
    assert run(["journal", "export", str(tmp_path / "out.json")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_untrusted_import_says_how_to_trust(capsys: Capture, day: Path):
    assert run(["journal", "import", str(day)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "--trust" in err


def test_bad_files_are_clear_and_change_nothing(capsys: Capture, tmp_path: Path, paths: Paths):
    (tmp_path / "bad.json").write_text('{"conversations": [{"title": "t", "messages": [{}]}]}')
    assert run(["journal", "import", str(tmp_path / "bad.json")]) == 1
    assert "conversations[0].messages[0]" in capsys.readouterr().err
    assert run(["journal", "import", str(tmp_path / "nosuch.json")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert not paths.journal.exists()


def test_search(capsys: Capture, day: Path):
    run(["journal", "import", str(day)])
    capsys.readouterr()
    (hit,) = as_json(capsys, "journal", "search", "biscuit", "dog")
    assert (hit["conversation"], hit["message"], hit["title"]) == (1, 1, "Dogs")
    assert run(["journal", "search", "biscuit"]) == 0
    assert "[Biscuit]" in capsys.readouterr().out
    assert run(["journal", "search", "zebra"]) == 0
    assert capsys.readouterr() == ("", "Nothing found.\n")


def test_verify_and_backup(capsys: Capture, day: Path, tmp_path: Path, paths: Paths):
    assert run(["journal", "verify"]) == 4, "nothing to check yet"
    run(["journal", "import", str(day)])
    capsys.readouterr()
    assert as_json(capsys, "journal", "verify") == {"whole": True, "problems": []}
    assert run(["journal", "backup", str(tmp_path / "copy.db")]) == 0
    with Journal.open(tmp_path / "copy.db") as copy:
        assert copy.search("biscuit")
    with Journal.open(paths.journal) as journal:
        journal.db.execute("INSERT INTO messages_fts(rowid, content) VALUES (9, 'wrong')")
    capsys.readouterr()
    assert as_json(capsys, "journal", "verify", code=1)["problems"]
    assert run(["journal", "verify", "--repair"]) == 0


def test_delete_asks_first(capsys: Capture, day: Path, monkeypatch: pytest.MonkeyPatch):
    run(["journal", "import", str(day)])
    with Path("/dev/null").open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        assert run(["journal", "delete", "1"]) == 130
    assert run(["journal", "delete", "1", "--yes"]) == 0
    assert "2 messages deleted" in capsys.readouterr().err
    assert run(["journal", "delete", "1", "--yes"]) == 1
    assert "no conversation 1" in capsys.readouterr().err
