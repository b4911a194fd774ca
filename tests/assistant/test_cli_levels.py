"""`reverie models show` and the levels in `reverie status`."""

import json
from pathlib import Path

import pytest

from assistant.cli.main import run
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.paths import Paths
from tests.fixtures_gguf import make_tiny_gguf

LEVELS = [
    {
        "name": "day",
        "period": 1,
        "experts": [
            {"id": f"day-000{n}", "night": n, "rank": 16, "parameters": 5000} for n in (8, 9)
        ],
        "memories": [4, 5, 6],
    },
    {
        "name": "week",
        "period": 7,
        "experts": [{"id": "week-0007", "night": 7, "rank": 32, "parameters": 10000}],
        "memories": [1, 2],
    },
    {"name": "season", "period": 28, "experts": [], "memories": []},
]


@pytest.fixture
def served(paths: Paths, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of generation 1, which is served."""
    base = make_tiny_gguf("llama3", tmp_path / "base.gguf")
    monkeypatch.setenv("REVERIE_MODEL__PATH", str(base))
    generations = Generations(paths, journal)
    folder = generations.folder(generations.reserve())
    (folder / "model.gguf").write_bytes(base.read_bytes())
    (folder / "manifest.json").write_text(json.dumps({"generation": 1, "levels": LEVELS}))
    generations.record(1, parent=0, sha256="", night_id=9)
    generations.promote(1)
    return folder


def test_show(served, capsys):
    assert run(["models", "show", "1"]) == 0
    head, day, week, season = capsys.readouterr().out.splitlines()
    assert head.split() == [
        "LEVEL",
        "NIGHTS",
        "EXPERTS",
        "RANK",
        "PARAMETERS",
        "MEMORIES",
        "MADE",
        "OF",
    ]
    assert day.split() == ["day", "1", "2", "32", "10,000", "3", "day-0008,", "day-0009"]
    assert week.split() == ["week", "7", "1", "32", "10,000", "2", "week-0007"]
    assert season.split() == ["season", "28", "0", "0", "0", "0", "-"]


def test_show_json(served, capsys):
    assert run(["models", "show", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"id": 1, "status": "current", "levels": LEVELS}


def test_the_base_has_no_levels(served, capsys):
    assert run(["models", "show", "0"]) == 4
    assert run(["models", "show", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["levels"] == []


def test_a_damaged_manifest_is_named(served, capsys):
    (served / "manifest.json").write_text("{}")
    assert run(["models", "show", "1"]) == 1
    assert "levels of generation 1 cannot be read" in capsys.readouterr().err


def test_status(served, capsys):
    assert run(["status"]) == 0
    assert "holding     day 3, week 2 memories, by level" in capsys.readouterr().out.splitlines()
    assert run(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["levels"]
    assert found[0] == {"name": "day", "experts": 2, "memories": 3}
