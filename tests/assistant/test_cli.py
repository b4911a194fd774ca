"""The command line as a whole: help, exit codes, errors as one sentence, nothing heavy at start."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from assistant.cli import docs
from assistant.cli.main import run
from assistant.errors import BusyError
from assistant.journal import Journal
from assistant.paths import Paths

REPO = Path(__file__).parents[2]
HEAVY = ("torch", "textual", "llama_cpp", "transformers", "jinja2", "sqlite_utils", "numpy", "gguf")


def reverie(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own, fed by a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "assistant.cli.main", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=REPO,
        check=False,
    )


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from assistant.cli.main import run; code = run(['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPO, check=True
    )
    assert result.stderr.strip() == "[] 0"
    assert "memories" in result.stdout


def test_every_command_and_option_has_help():
    for name, command, _ in docs.commands():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name}"


def test_the_commands_of_the_contract_are_there():
    names = {name for name, _, _ in docs.commands()}
    memories = ["list", "show", "add", "correct", "forget", "approve", "reject", "pause"]
    journal = ["search", "export", "import", "backup", "verify", "delete"]
    expected = {
        *(
            f"reverie {name}"
            for name in ["ask", "demo", "sleep", "status", "nights", "exam", "doctor", "paths"]
        ),
        *(f"reverie memories {name}" for name in memories),
        *(f"reverie journal {name}" for name in journal),
        *(f"reverie models {name}" for name in ("list", "use", "rollback")),
        *(f"reverie config {name}" for name in ("show", "set", "path")),
    }
    assert expected <= names


def test_the_written_help_is_up_to_date():
    assert docs.FILE.read_text(encoding="utf-8") == docs.text(), "run python -m assistant.cli.docs"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch"], r"No such command 'nosuch'\. See 'reverie --help'"),
        (["journal", "import"], r"Missing argument 'FILE'\. See 'reverie journal import --help'"),
        (["sleep", "--minutes", "0"], r"0.*See 'reverie sleep --help'"),
        (["sleep", "--until", "25:00"], r"time of day such as 06:30"),
        (["sleep", "--until", "06:00", "--minutes", "3"], r"exclude each other"),
        (["config", "set", "chat.temperature", "9"], r"a number from 0 to 2"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
):
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("reverie: ")
    assert re.search(message, err)


def test_a_foreseen_error_is_one_line_with_its_own_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def busy(*_: object, **__: object) -> None:
        raise BusyError("Somebody has it", "Wait.")

    monkeypatch.setattr(Journal, "open", busy)
    assert run(["nights"]) == 5
    assert capsys.readouterr().err == "reverie: Somebody has it. Wait.\n"


def test_a_bug_is_one_line_and_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, paths: Paths
):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Journal, "open", broken)
    assert run(["nights"]) == 1
    out, err = capsys.readouterr()
    (log,) = paths.logs_dir.glob("crash-*.log")
    assert (out, err.count("\n")) == ("", 1)
    assert str(log) in err
    assert "Traceback" not in err
    assert "broken" in log.read_text()


def test_a_damaged_journal_found_in_the_middle_is_explained(
    capsys: pytest.CaptureFixture[str], paths: Paths
):
    paths.journal.write_bytes(b"no database " * 999)
    assert run(["status"]) == 1
    assert "reverie journal verify" in capsys.readouterr().err


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "open", interrupt)
    assert run(["nights"]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_drama(journal: Journal):
    with journal.writing():
        talk = journal.new_conversation()
        for _ in range(3000):
            journal.add_message(talk, "user", "something to fill the pipe with " * 4)
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli.main", "journal", "export"],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=REPO,
    )
    os.close(writer)
    os.read(reader, 100)
    os.close(reader)
    assert process.communicate()[1] == b""


def test_without_a_command_the_screens_start(monkeypatch: pytest.MonkeyPatch):
    started = []

    class Screens:
        @staticmethod
        def run() -> int:
            started.append(1)
            return 0

    monkeypatch.setattr("importlib.import_module", lambda _name: Screens)
    assert run([]) == 0
    assert started == [1]


def test_paths_and_config(capsys: pytest.CaptureFixture[str], reverie_home: Path):
    assert run(["paths", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["journal"] == str(reverie_home / "data/journal.db")
    assert run(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{reverie_home}/config/settings.toml\n"
    assert run(["config", "set", "chat.top_k", "7"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["config", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chat"]["top_k"] == 7
    assert run(["config", "show"]) == 0
    assert "chat.top_k = 7" in capsys.readouterr().out


def test_the_real_command_narrates_on_stderr_only(tmp_path: Path):
    day = {"conversations": [{"title": "t", "messages": []}]}
    (tmp_path / "day.json").write_text(json.dumps(day))
    result = reverie("journal", "import", str(tmp_path / "day.json"))
    assert (result.returncode, result.stdout) == (0, "")
    assert "0 new messages" in result.stderr
    assert reverie("--version").stdout.startswith("reverie, version ")
