"""`reverie --plain`: lines in, lines out."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.paths import Paths
from tests.fake_engine import FakeEngine
from tests.tui import story
from tui.plain import Plain
from tui.session import Session

Talk = Callable[..., tuple[str, str]]


@pytest.fixture
def talk(paths: Paths) -> Talk:
    def run(engine: FakeEngine, *lines: Any) -> tuple[str, str]:
        waiting = list(lines)

        def read() -> str:
            if not waiting:
                raise EOFError
            line = waiting.pop(0)
            if isinstance(line, BaseException):
                raise line
            return str(line)

        out, notes = io.StringIO(), io.StringIO()
        session = Session(paths, lambda *_: engine.as_engine())
        Plain(session, out, notes).run(read)
        session.close()
        return out.getvalue(), notes.getvalue()

    return run


def test_what_a_terminal_would_obey_is_not_printed(talk: Talk):
    out, _ = talk(FakeEngine(["\x1b]52;c;aGk=\x07", "\x9b2J", "plain\n"]), "Hi", "/search plain")
    assert out == "]52;c;aGk=2Jplain\n\n"


def test_replies_go_to_stdout_and_everything_else_to_stderr(talk: Talk, paths: Paths):
    out, notes = talk(FakeEngine("Hello there.", "Bye."), "Hi", "", "So long")
    assert out == "Hello there. \nBye. \n"
    assert "awake; 0 messages to sleep on" in notes
    assert "\x1b" not in out + notes
    with Journal.open(paths.journal) as journal:
        assert [m.content for m in journal.messages(1)] == [
            "Hi",
            "Hello there. ",
            "So long",
            "Bye. ",
        ]


def test_the_last_conversation_goes_on_until_a_new_one_begins(talk: Talk, paths: Paths):
    talk(FakeEngine("One."), "Hi")
    _, notes = talk(FakeEngine("Two.", "Three."), "More", "/new", "Other")
    assert "it has 2 messages" in notes
    with Journal.open(paths.journal) as journal:
        assert [c.title for c in journal.conversations()] == ["Other", "Hi"]


def test_off_the_record(talk: Talk, paths: Paths):
    _, notes = talk(FakeEngine("A.", "B."), "/off", "secret", "/off", "open")
    assert "Off the record." in notes
    assert "On the record again." in notes
    with Journal.open(paths.journal) as journal:
        assert [m.off_record for m in journal.messages(1)] == [True, True, False, False]


def test_what_it_knows(talk: Talk, paths: Paths):
    story.tell(paths)
    _, notes = talk(FakeEngine(), "/memories", "/nights", "/search biscuit", "/wake", "/help")
    assert "1, learned: You live in Leeds." in notes
    assert "1, 10 Mar 22:30, learned" in notes
    assert "You: I have moved to Leeds" in notes
    assert "No night is running." in notes
    assert "/sleep     start a night" in notes


def test_what_goes_wrong_is_said_and_the_talk_goes_on(talk: Talk):
    broken = FakeEngine(["Half ", ReverieError("llama.cpp failed", "Try again.")], "Whole.")
    out, notes = talk(broken, "/nonsense", "Hi", KeyboardInterrupt(), "Again", "/quit", "never")
    assert "no command /nonsense" in notes
    assert "llama.cpp failed. Try again." in notes
    assert out.endswith("Whole. \n")


def test_ctrl_c_stops_the_reply_and_keeps_it(talk: Talk, paths: Paths):
    pieces: list[Any] = ["So far ", KeyboardInterrupt(), "never"]
    engine = FakeEngine()

    class Reply(list[Any]):
        pass

    engine.replies.append(pieces)
    original = engine.stream

    def stream(*arguments: Any) -> Any:
        reply = original(*arguments)

        def following() -> Any:
            for piece in pieces:
                if isinstance(piece, KeyboardInterrupt):
                    raise piece
                yield piece

        reply._pieces = following()
        return reply

    engine.stream = stream  # type: ignore[method-assign, assignment]
    out, notes = talk(engine, "Go on", "/status")
    assert out == "So far \n"
    assert "Stopped." in notes
    with Journal.open(paths.journal) as journal:
        assert journal.messages(1)[-1].content == "So far "
        assert journal.messages(1)[-1].state in ("stopped", "interrupted")
