"""`reverie ask`: from an argument, a pipe, or both; as text or JSON."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import settings
from assistant.cli.main import run
from assistant.journal import Journal
from assistant.paths import Paths
from tests.fake_engine import FakeEngine

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def no_stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing comes from stdin unless a test pipes it."""
    with Path("/dev/null").open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        yield


@pytest.fixture
def engine(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """A base model file that is never read, and an engine that says what is queued."""
    (tmp_path / "base.gguf").write_bytes(b"base")
    settings.store(paths, "model.path", str(tmp_path / "base.gguf"))
    fake = FakeEngine()
    monkeypatch.setattr("assistant.engine.Engine", lambda *_: fake)
    return fake


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.FileIO(reader), encoding="utf-8"))


def asked(engine: FakeEngine) -> str:
    return engine.asked[-1][-1].content


def ask_json(capsys: Capture, *arguments: str) -> Any:
    capsys.readouterr()
    assert run(["ask", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_answer_is_all_of_stdout(engine: FakeEngine, capsys: Capture, journal: Journal):
    engine.replies = ["Hello to you"]
    assert run(["ask", "Hi there"]) == 0
    assert capsys.readouterr() == ("Hello to you \n", "")
    assert [(m.role, m.content) for m in journal.messages(1)] == [
        ("user", "Hi there"),
        ("assistant", "Hello to you "),
    ]
    assert journal.conversations()[0].title == "Hi there"


def test_json_has_the_keys_of_the_contract(engine: FakeEngine, capsys: Capture):
    engine.replies = ["Paris."]
    answer = ask_json(capsys, "What is the capital of France?")
    wanted = ("answer", "generation", "ttft_s", "tokens_per_s", "prompt_tokens", "from_prompt")
    assert [answer[name] for name in wanted] == ["Paris. ", 0, 0.25, 78.0, 10, []]


def test_a_pipe_an_argument_or_both(
    engine: FakeEngine, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    engine.replies = ["one", "two"]
    pipe(monkeypatch, b"from the pipe\n")
    assert run(["ask"]) == 0
    assert asked(engine) == "from the pipe\n"
    pipe(monkeypatch, "çok uzun".encode())
    assert run(["ask", "Summarize:"]) == 0
    assert asked(engine) == "Summarize:\n\nçok uzun"


def test_no_question_is_wrong_usage(
    engine: FakeEngine, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    assert run(["ask"]) == 2
    pipe(monkeypatch, b" \n")
    assert run(["ask", " "]) == 2
    pipe(monkeypatch, b"\xff\xfe")
    assert run(["ask"]) == 2
    assert "not text" in capsys.readouterr().err


def test_going_on_with_the_last_conversation(engine: FakeEngine, capsys: Capture):
    assert run(["ask", "-c", "more"]) == 4
    engine.replies = ["one", "two", "three"]
    assert run(["ask", "first"]) == 0
    assert run(["ask", "second"]) == 0
    assert ask_json(capsys, "-c", "third")["conversation"] == 2
    assert [message.content for message in engine.asked[-1][1:]] == ["second", "two ", "third"]


def test_memories_are_in_the_prompt_unless_told_not_to(engine: FakeEngine, capsys: Capture):
    assert run(["memories", "add", "The user's dog is called Biscuit."]) == 0
    engine.replies = ["Biscuit", "Rex"]
    assert ask_json(capsys, "What is my dog called?")["from_prompt"] == [1]
    assert any("Biscuit" in message.content for message in engine.asked[-1])
    assert ask_json(capsys, "What is my dog called?", "--no-memory")["from_prompt"] == []
    assert not any("Biscuit" in message.content for message in engine.asked[-1])


def test_off_the_record_is_not_learned_from(engine: FakeEngine, journal: Journal):
    engine.replies = ["ok"]
    assert run(["ask", "a secret", "--off-record"]) == 0
    assert list(journal.since(0)) == []


def test_another_generation_must_be_there(engine: FakeEngine, capsys: Capture):
    assert run(["ask", "Hi", "--generation", "5"]) == 1
    assert "generation 5 is not there" in capsys.readouterr().err


def test_a_reply_that_fails_keeps_the_question_and_what_was_shown(
    engine: FakeEngine, capsys: Capture, journal: Journal
):
    engine.replies = [["half an ", RuntimeError("llama fell over")]]
    assert run(["ask", "Hi"]) == 1
    assert [(m.content, m.state) for m in journal.messages(1)] == [
        ("Hi", "complete"),
        ("half an ", "interrupted"),
    ]
