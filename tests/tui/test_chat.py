"""The chat screen, driven as a user would, on an engine that says what the test tells it to."""

import threading

import pytest
from textual.events import Key
from textual.widgets import Markdown

from assistant.errors import BusyError, ReverieError
from assistant.journal import Journal
from tests.fake_engine import FakeEngine
from tui.composer import Composer
from tui.entry import Entry
from tui.session import Session, Thread
from tui.status_line import StatusLine
from tui.transcript import Transcript

SIZES = [(80, 24), (160, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_talking(start, paths, size):
    async with start(FakeEngine("Hello **you** there"), size) as chat:
        assert chat.one(Composer).has_focus
        assert "I run on this machine only" in chat.lines(".welcome")[0]
        assert chat.one(Transcript).query_one(".welcome").size.height == 5
        await chat.pilot.press(*"Hi!", "enter")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert chat.entries == [
            ("user", "Hi!", "complete"),
            ("assistant", "Hello **you** there ", "complete"),
        ]
        assert chat.one(Composer).text == ""
        assert not chat.lines(".welcome")
        assert "awake · generation 0" in chat.lines("#state")[0]
        assert "78 tok/s · 0.25 s" in chat.lines("#figures")[0]
        assert "%" in chat.lines("#figures")[0]
    with Journal.open(paths.journal) as journal:
        stored = journal.messages(journal.conversations()[0].id)
        assert [m.content for m in stored] == ["Hi!", "Hello **you** there "]
        assert journal.conversations()[0].title == "Hi!"


async def test_escape_stops_and_keeps_what_was_said(start, paths):
    async with start(FakeEngine(["So far ", threading.Event(), "never"])) as chat:
        await chat.say("Go on")
        await chat.until(lambda: ("assistant", "So far ", "complete") in chat.entries)
        await chat.pilot.press("escape")
        await chat.idle()
        assert chat.entries[-1] == ("assistant", "So far ", "stopped")
        assert "stopped" in chat.lines("Entry.assistant .name")[0]
    with Journal.open(paths.journal) as journal:
        assert journal.messages(1)[-1].state == "stopped"


async def test_a_second_message_waits_for_the_first_reply(start):
    gate = threading.Event()
    async with start(FakeEngine(["a ", gate, "b"], "Second.")) as chat:
        await chat.say("One")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.say("Two")
        assert chat.one(Composer).text == "Two", "a draft is not lost"
        assert len(chat.entries) == 2
        gate.set()
        await chat.idle()
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.entries) == 4)
        await chat.idle()
        assert chat.entries[-1][1] == "Second. "


@pytest.mark.parametrize("wanted", ["ctrl+n", "enter"])
async def test_between_the_end_of_a_reply_and_of_its_turn_nothing_is_refused(
    start, wanted, monkeypatch
):
    """Somebody who sees that a reply was stopped may go on at once."""
    gate = threading.Event()
    thread = Session.thread

    def slowly(session: Session) -> Thread:
        gate.wait(20)
        return thread(session)

    async with start(FakeEngine("First.", "Second.")) as chat:
        await chat.until(lambda: chat.screen.served is not None)
        monkeypatch.setattr(Session, "thread", slowly)
        await chat.say("One")
        await chat.until(lambda: chat.entries[-1][1] == "First. " and chat.screen.replied)
        await chat.pilot.press(*"Two", wanted)
        assert not chat.app._notifications
        gate.set()
        if wanted == "enter":
            await chat.until(lambda: len(chat.entries) == 4)
        else:
            await chat.reads("Hello. I run on this machine only")
        await chat.idle()


async def test_enter_sends_and_ctrl_j_breaks_the_line(start):
    engine = FakeEngine("Ok.")
    async with start(engine) as chat:
        small = chat.one(Composer).size.height
        await chat.pilot.press(*"one", "ctrl+j", *"two", "ctrl+j", *"three")
        assert chat.one(Composer).text == "one\ntwo\nthree"
        await chat.until(lambda: chat.one(Composer).size.height > small)
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.entries) == 2)
        assert chat.entries[0][1] == "one\ntwo\nthree"
        await chat.idle()


async def test_text_that_comes_in_one_burst_with_its_enter_is_sent_whole(start):
    """As from a paste in a terminal without bracketed paste, or from tmux send-keys."""
    async with start(FakeEngine("Yes.", "No.")) as chat:
        keys = ["ctrl+o", *"secret", "enter", "ctrl+o"]
        for key in keys:
            chat.app.post_message(Key(key, key if len(key) == 1 else None))
        await chat.until(lambda: len(chat.entries) == 2)
        assert chat.entries[0][1] == "secret"
        await chat.idle()
        assert [e.off_record for e in chat.screen.query(Entry)] == [True, True]
        assert not chat.one(Composer).off_record
        for key in ("ctrl+o", *"more", "f3"):
            chat.app.post_message(Key(key, key if len(key) == 1 else None))
        await chat.until(lambda: chat.app.current_mode == "sleep")
        await chat.pilot.press("f2")
        await chat.until(lambda: chat.one(Composer).text == "more")
        assert chat.one(Composer).off_record, "a key does not go to the screen that came after it"


async def test_nothing_is_sent_for_an_empty_line(start):
    async with start(FakeEngine()) as chat:
        await chat.pilot.press("enter", "space", "enter", "ctrl+j", "enter")
        assert chat.entries == []


async def test_typing_works_while_the_model_loads_and_the_message_is_answered_then(start):
    loading = threading.Event()

    def slow() -> FakeEngine:
        assert loading.wait(30)
        return FakeEngine("Good morning.")

    async with start(slow, ready=False) as chat:
        assert "waking up" in chat.lines("#state")[0]
        await chat.say("Awake?")
        assert chat.entries == [("user", "Awake?", "complete")]
        loading.set()
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert chat.entries[-1] == ("assistant", "Good morning. ", "complete")


async def test_a_model_that_cannot_be_opened_is_explained_and_the_draft_comes_back(start):
    loading = threading.Event()

    def broken() -> FakeEngine:
        assert loading.wait(30)
        raise ReverieError("x.gguf is not a GGUF file", "Choose another.")

    async with start(broken, ready=False) as chat:
        await chat.say("Awake?")
        loading.set()
        await chat.until(lambda: chat.lines(".error"))
        assert chat.lines(".error") == ["x.gguf is not a GGUF file. Choose another."]
        assert chat.one(Composer).text == "Awake?"
        assert "no model" in chat.lines("#state")[0]


async def test_a_model_that_was_mended_is_found_by_the_next_message(start):
    tries = [ReverieError("x.gguf is not a GGUF file", "Choose another.")] * 2

    def mended() -> FakeEngine:
        if tries:
            raise tries.pop()
        return FakeEngine("Here I am.")

    async with start(mended, ready=False) as chat:
        await chat.until(lambda: chat.lines(".error"))
        await chat.say("Awake?")
        await chat.until(lambda: not tries and chat.one(Composer).text == "Awake?")
        await chat.idle()
        assert chat.entries == [], "it was not said"
        assert len(chat.lines(".error")) == 1, "the same is not said twice in a row"
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert chat.entries[-1] == ("assistant", "Here I am. ", "complete")
        assert "generation 0" in chat.lines("#state")[0]


async def test_a_locked_or_damaged_journal_is_explained(start, paths):
    paths.journal.write_bytes(b"this is no database, whatever its name says " * 100)
    async with start(FakeEngine(), ready=False) as chat:
        await chat.until(lambda: chat.lines(".error"))
        assert "damaged" in chat.lines(".error")[0]


async def test_an_error_in_a_turn_is_shown_where_it_happened(start):
    async with start(FakeEngine("Short.", n_ctx=100)) as chat:
        await chat.say("w " * 300)
        await chat.until(lambda: chat.lines(".error"))
        assert "300 tokens long" in chat.lines(".error")[0]
        await chat.idle()
        await chat.say("Hi")
        await chat.until(lambda: chat.entries[-1][1] == "Short. ")
        await chat.idle()


async def test_an_error_in_the_middle_of_a_reply_keeps_its_beginning(start):
    engine = FakeEngine(["Half a ", ReverieError("llama.cpp failed", "Try again.")])
    async with start(engine) as chat:
        await chat.say("Hi")
        await chat.until(lambda: chat.lines(".error"))
        await chat.idle()
        assert chat.entries[-1] == ("assistant", "Half a ", "interrupted")


async def test_what_a_locked_journal_did_not_take_comes_back(start, monkeypatch):
    engine = FakeEngine("One.", "Two.")
    async with start(engine) as chat:
        await chat.say("First")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()

        gate = threading.Event()

        def locked(*_: object, **__: object) -> int:
            assert gate.wait(30)
            raise BusyError("The journal is locked by another program", "Close it.")

        with monkeypatch.context() as patched:
            patched.setattr(Journal, "add_message", locked)
            await chat.say("Second")
            await chat.pilot.press(*"typed since")
            gate.set()
            await chat.until(lambda: chat.lines(".error"))
            await chat.idle()
            assert chat.one(Composer).text == "Second\n\ntyped since"
            await chat.say("Second")
            await chat.until(lambda: chat.one(Composer).text == "Second")
            await chat.idle()
        assert len(chat.lines(".error")) == 1, "said once"
        assert "locked by another program" in chat.lines(".error")[0]
        assert chat.one(Composer).text == "Second"
        assert len(chat.entries) == 2
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.entries) == 4)
        await chat.idle()
        assert engine.asked[-1][-1].content == "Second"


async def test_the_last_conversation_comes_back(start, paths):
    with Journal.open(paths.journal) as journal:
        first = journal.new_conversation("Old")
        journal.add_message(first, "user", "forget me not")
        last = journal.new_conversation("New")
        user = journal.add_message(last, "user", "Remember [b]this[/b]?")
        journal.add_message(last, "assistant", "I *do*.", parent_id=user, state="interrupted")
    engine = FakeEngine("Certainly.")
    async with start(engine) as chat:
        await chat.until(lambda: len(chat.entries) == 2)
        assert chat.entries[0] == ("user", "Remember [b]this[/b]?", "complete")
        assert "[b]this[/b]" in chat.lines("Entry.user .text")[0], "user text is not markup"
        assert "interrupted" in chat.lines("Entry.assistant .name")[0]
        await chat.say("And now?")
        await chat.until(lambda: len(chat.entries) == 4)
        await chat.idle()
        assert [m.content for m in engine.asked[0][1:]] == [
            "Remember [b]this[/b]?",
            "I *do*.",
            "And now?",
        ]


async def test_new_conversation(start, paths):
    async with start(FakeEngine("One.", "Two.")) as chat:
        await chat.say("First")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.lines(".welcome"))
        assert chat.entries == []
        await chat.say("Second")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
    with Journal.open(paths.journal) as journal:
        assert [c.title for c in journal.conversations()] == ["Second", "First"]


@pytest.mark.parametrize("size", SIZES)
async def test_off_the_record_is_plain_to_see_and_kept(start, paths, size):
    async with start(FakeEngine("Noted.", "Open."), size) as chat:
        await chat.pilot.press("ctrl+o")
        assert "OFF THE RECORD" in chat.lines("#state")[0]
        assert "off the record" in str(chat.one(Composer).border_title)
        await chat.say("My secret")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert all("off the record" in name for name in chat.lines("Entry .name"))
        await chat.pilot.press("ctrl+o")
        assert "OFF THE RECORD" not in chat.lines("#state")[0]
        await chat.say("No secret")
        await chat.until(lambda: len(chat.entries) == 4)
        await chat.idle()
    with Journal.open(paths.journal) as journal:
        conversation = journal.conversations()[0]
        assert [m.off_record for m in journal.messages(conversation.id)] == [
            True,
            True,
            False,
            False,
        ]
        assert "secret" not in conversation.title


async def test_typing_while_it_writes(start):
    gate = threading.Event()
    async with start(FakeEngine(["a ", gate, "b"])) as chat:
        await chat.say("Go")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.pilot.press(*"draft")
        assert chat.one(Composer).text == "draft"
        gate.set()
        await chat.idle()
        assert chat.one(Composer).text == "draft"


async def test_trimming_is_shown(start):
    async with start(FakeEngine(*["word " * 30] * 8, n_ctx=200)) as chat:
        for turn in range(6):
            await chat.say(f"message {turn} " + "x " * 20)
            await chat.until(lambda count=2 * turn + 2: len(chat.entries) == count)
            await chat.idle()
        assert any("no longer fit" in line for line in chat.lines(".notice"))


async def test_a_new_generation_takes_over_with_a_notice(start, paths, monkeypatch):
    opened: list[FakeEngine] = []

    gate = threading.Event()

    def make() -> FakeEngine:
        opened.append(FakeEngine("New.") if opened else FakeEngine(["Old, ", gate, "to its end."]))
        return opened[-1]

    async with start(make) as chat:
        await chat.say("Hi")
        await chat.until(lambda: chat.entries[-1][1] == "Old, ")
        folder = paths.generations_dir / "0001"
        folder.mkdir(parents=True)
        (folder / "model.gguf").write_bytes(b"x")
        (paths.generations_dir / "current").write_text("1")
        with chat.app.session.journal.writing() as db:
            db.execute(
                "INSERT INTO generations (id, created, folder, sha256, status)"
                " VALUES (1, '', ?, '', 'current')",
                [str(folder)],
            )
        gate.set()
        await chat.idle()
        assert chat.entries[-1][1] == "Old, to its end.", "a reply ends as it began"
        await chat.say("Changed?")
        await chat.until(lambda: len(chat.entries) == 4)
        await chat.idle()
        assert "Generation 1 answers from now on." in chat.lines(".notice")
        assert "generation 1" in chat.lines("#state")[0]
        assert opened[0].closed


async def test_a_night_that_runs_is_seen(start, paths):
    import os

    with Journal.open(paths.journal) as journal, journal.writing() as db:
        db.execute(
            "INSERT INTO nights (started, status, pid) VALUES ('2026', 'running', ?)", [os.getpid()]
        )
    async with start(FakeEngine()) as chat:
        await chat.until(lambda: "night 1 is running" in chat.lines("#state")[0])


async def test_quitting_while_it_writes_keeps_what_was_said(start, paths):
    async with start(FakeEngine(["So far ", threading.Event()])) as chat:
        await chat.say("Go on")
        await chat.until(lambda: "So far " in chat.entries[-1][1])
        await chat.pilot.press("ctrl+q")
        await chat.pilot.pause()
    with Journal.open(paths.journal) as journal:
        reply = journal.messages(1)[-1]
        assert (reply.content, reply.state) == ("So far ", "stopped")


async def test_replies_are_rendered_as_markdown(start):
    async with start(
        FakeEngine(["# Title\n\n", "```python\nprint(1)\n```\n", "- a\n- b\n"])
    ) as chat:
        await chat.say("Code?")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        kinds = {type(block).__name__ for block in chat.one(Markdown).walk_children()}
        assert {"MarkdownH1", "MarkdownFence", "MarkdownBulletList"} <= kinds


@pytest.mark.parametrize("size", [*SIZES, (40, 12)])
async def test_everything_is_on_the_screen(start, size):
    async with start(FakeEngine("A reply that is long enough to be wrapped. " * 4), size) as chat:
        await chat.say("Hi")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        width, height = size
        for kind in (Transcript, Composer, StatusLine):
            region = chat.one(kind).region
            assert region.right <= width
            assert region.bottom <= height
            assert region.height > 0
        assert chat.one(Transcript).region.height >= 3


def test_importing_the_screens_loads_no_model_code():
    import subprocess
    import sys

    heavy = "('llama_cpp', 'torch', 'jinja2')"
    code = f"import sys, tui.app, tui.chat_screen; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
