"""Typing: history, commands and their completion, drafts, files, the send key."""

import pytest
from textual.events import Key, Paste

from assistant import settings
from assistant.journal import Journal
from assistant.journal.drafts import draft, save_draft
from tests.fake_engine import FakeEngine
from tui.composer import Composer
from tui.suggestions import Suggestions


async def test_what_was_typed_before_comes_back(start, paths):
    with Journal.open(paths.journal) as journal:
        talk = journal.new_conversation("Old")
        for text in ("first", "second", "first"):
            journal.add_message(talk, "user", text, parent_id=journal.last_leaf(talk))
        journal.add_message(talk, "user", "secret", parent_id=1, off_record=True)
    async with start(FakeEngine()) as chat:
        composer = chat.one(Composer)
        await chat.until(lambda: chat.entries)
        await chat.pilot.press("up")
        assert composer.text == "first"
        await chat.pilot.press("up")
        assert composer.text == "second"
        await chat.pilot.press("up")
        assert composer.text == "second", "what was off the record is not offered"
        await chat.pilot.press("down", "down")
        assert composer.text == ""
        await chat.pilot.press(*"x", "up")
        assert composer.text == "x", "what is being typed is not lost"


async def test_commands_are_completed(start):
    async with start(FakeEngine()) as chat:
        suggestions = chat.one(Suggestions)
        await chat.pilot.press(*"/se")
        await chat.until(lambda: suggestions.display)
        assert [s.label for s in suggestions.suggested] == ["/search WORDS"]
        await chat.pilot.press("tab")
        assert chat.one(Composer).text == "/search "
        chat.one(Composer).text = ""
        await chat.pilot.press(*"/o")
        await chat.until(lambda: [s.label for s in suggestions.suggested] == ["/off"])
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.one(Composer).off_record)
        assert chat.one(Composer).text == ""
        assert not suggestions.display


async def test_an_unknown_command_is_explained_and_kept(start):
    async with start(FakeEngine()) as chat:
        await chat.say("/foo bar")
        await chat.until(lambda: chat.lines(".error"))
        assert "no command /foo" in chat.lines(".error")[0]
        assert chat.one(Composer).text == "/foo bar"


async def test_a_message_may_begin_with_a_slash_after_a_space(start):
    async with start(FakeEngine("Ok.")) as chat:
        await chat.say(" /etc is a folder")
        await chat.until(lambda: len(chat.entries) == 2)
        assert chat.entries[0][1] == "/etc is a folder"
        await chat.idle()


async def test_a_draft_survives_a_crash(start, paths):
    async with start(FakeEngine("Ok.")) as chat:
        await chat.pilot.press(*"half a tho")
        journal = chat.app.session.journal
        await chat.until(lambda: draft(journal, 0) == "half a tho")
    async with start(FakeEngine("Ok.")) as chat:
        await chat.until(lambda: chat.one(Composer).text == "half a tho")
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert draft(chat.app.session.journal, 0) == ""


async def test_off_the_record_no_draft_is_written(start, paths):
    with Journal.open(paths.journal) as journal:
        save_draft(journal, 0, "open")
    async with start(FakeEngine()) as chat:
        await chat.until(lambda: chat.one(Composer).text == "open")
        await chat.pilot.press("ctrl+o", *" secret")
        await chat.until(lambda: draft(chat.app.session.journal, 0) == "")
        chat.screen.keep_draft()
        await chat.pilot.pause()
    with Journal.open(paths.journal) as journal:
        assert draft(journal, 0) == ""


async def test_the_send_key_can_be_another(start, paths):
    settings.store(paths, "tui.send_key", "ctrl+s")
    async with start(FakeEngine("Ok.")) as chat:
        await chat.pilot.press(*"one", "enter", *"two")
        assert chat.one(Composer).text == "one\ntwo"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: len(chat.entries) == 2)
        assert chat.entries[0][1] == "one\ntwo"
        await chat.idle()


async def test_a_text_file_goes_along(start, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("eggs\nflour")
    engine = FakeEngine("A cake.")
    async with start(engine) as chat:
        await chat.pilot.press(*"/attach no")
        await chat.until(lambda: chat.one(Suggestions).suggested)
        assert [s.label for s in chat.one(Suggestions).suggested] == ["notes.txt"]
        await chat.pilot.press("tab", "enter")
        await chat.until(lambda: chat.one(Composer).attachments)
        assert "notes.txt (2 lines)" in str(chat.one(Composer).border_subtitle)
        await chat.say("What is this for?")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert engine.asked[0][-1].content == (
            "What is this for?\n\nnotes.txt:\n```\neggs\nflour\n```"
        )
        assert not chat.one(Composer).attachments


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [("gone.txt", None, "cannot be read"), ("a.bin", b"\xff\xfe\x00", "not a text file")],
)
async def test_what_is_no_text_file_is_refused(start, tmp_path, name, data, why):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    async with start(FakeEngine()) as chat:
        await chat.say(f"/attach {tmp_path / name}")
        await chat.until(lambda: chat.lines(".error"))
        assert why in chat.lines(".error")[0]
        assert not chat.one(Composer).attachments


async def test_much_that_is_pasted_goes_along_and_typing_stays_quick(start):
    engine = FakeEngine("Long.", n_ctx=100_000)
    text = "eggs and flour\n" * 4000
    async with start(engine) as chat:
        composer = chat.one(Composer)
        chat.app.post_message(Paste("a little"))
        await chat.until(lambda: composer.text == "a little")
        assert not composer.attachments
        chat.app.post_message(Paste(text))
        for key in (" ", "x", "enter"):  # at once, as when a paste ends with its Enter
            chat.app.post_message(Key(key, key if len(key) == 1 else None))
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        sent = f"a little x\n\npasted text:\n```\n{text.rstrip()}\n```"
        assert engine.asked[0][-1].content == sent
        assert chat.entries[0][1] == sent, "what is copied or changed is all of it"
        (shown,) = chat.lines("Entry.user .text")
        assert shown.startswith("a little x\n\npasted text:\n```\neggs")
        assert shown.endswith("more characters")
        assert shown.count("\n") == 60
        await chat.pilot.press("up")
        assert composer.text == "", "it is not brought back into the line"


async def test_what_goes_along_can_be_taken_off(start):
    async with start(FakeEngine()) as chat:
        composer = chat.one(Composer)
        chat.app.post_message(Paste("y" * 20_000))
        await chat.until(lambda: composer.attachments)
        assert "pasted text (20,000 characters)  Esc takes off" in str(composer.border_subtitle)
        await chat.pilot.press("h", "escape")
        assert not composer.attachments
        assert composer.text == "h"


async def test_more_than_any_model_reads_is_refused(start):
    async with start(FakeEngine()) as chat:
        composer = chat.one(Composer)
        chat.app.post_message(Paste("z" * 1_000_000))
        await chat.until(lambda: chat.lines(".error"))
        assert "What was pasted has 1,000,000 bytes; at most 200,000" in chat.lines(".error")[0]
        assert not composer.attachments
        await chat.pilot.press("h")
        assert composer.text == "h"
