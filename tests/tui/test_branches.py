"""Regenerate, edit and resend, and the branches that these make."""

from assistant.journal import Journal
from tests.fake_engine import FakeEngine
from tests.tui.driver import Chat
from tui.composer import Composer
from tui.entry import Entry


async def talk(chat: Chat, *texts: str) -> None:
    for text in texts:
        count = len(chat.entries) + 2
        await chat.say(text)
        await chat.until(lambda count=count: len(chat.entries) == count)  # type: ignore[misc]
        await chat.idle()


def said(chat: Chat) -> list[str]:
    return [content.strip() for _, content, _ in chat.entries]


async def test_a_reply_can_be_had_again_and_the_old_one_stays(start, paths):
    async with start(FakeEngine("First.", "Second.", "Third.")) as chat:
        await talk(chat, "Hi")
        await chat.say("/again")
        await chat.until(lambda: said(chat) == ["Hi", "Second."])
        await chat.idle()
        assert "2 of 2" in chat.lines("Entry.assistant .name")[0]
        await chat.pilot.press("ctrl+up", "left")
        await chat.until(lambda: said(chat) == ["Hi", "First."])
        assert "1 of 2" in chat.lines("Entry.assistant .name")[0]
        assert isinstance(chat.screen.focused, Entry)
        await chat.pilot.press("escape")
        await talk(chat, "And then?")
        assert said(chat) == ["Hi", "First.", "And then?", "Third."]
    with Journal.open(paths.journal) as journal:
        replies = [m for m in journal.messages(1) if m.role == "assistant"]
        assert [m.content.strip() for m in replies] == ["First.", "Second.", "Third."]
        follows = {m.id: m.parent_id for m in journal.messages(1)}
        assert follows[replies[2].id] != replies[1].id
        thread = journal.thread(replies[2].id)
        assert [m.content.strip() for m in thread] == ["Hi", "First.", "And then?", "Third."]


async def test_a_message_can_be_changed_and_sent_again(start, paths):
    engine = FakeEngine("A dog.", "Ah.", "A cat, then.")
    async with start(engine) as chat:
        await talk(chat, "I have a dog.", "Fine?")
        await chat.pilot.press("ctrl+up", "up", "up", "up", "e")
        composer = chat.one(Composer)
        assert composer.text == "I have a dog."
        assert "Change the message" in str(composer.border_title)
        composer.text = "I have a cat."
        await chat.pilot.press("enter")
        await chat.until(lambda: said(chat) == ["I have a cat.", "A cat, then."])
        await chat.idle()
        assert "2 of 2" in chat.lines("Entry.user .name")[0]
        assert [m.content for m in engine.asked[2][1:]] == ["I have a cat."]
        await chat.pilot.press("ctrl+up", "up", "left")
        await chat.until(lambda: said(chat) == ["I have a dog.", "A dog.", "Fine?", "Ah."])
    with Journal.open(paths.journal) as journal:
        assert [m.parent_id for m in journal.messages(1) if m.content.startswith("I have")] == [
            None,
            None,
        ]


async def test_editing_can_be_given_up(start):
    async with start(FakeEngine("Yes.")) as chat:
        await talk(chat, "Hi")
        await chat.say("/edit")
        await chat.until(lambda: chat.one(Composer).text == "Hi")
        await chat.pilot.press("escape")
        assert chat.one(Composer).text == ""
        assert chat.one(Composer).editing is None


async def test_there_is_no_branch_beyond_the_last(start):
    async with start(FakeEngine("Yes.")) as chat:
        await talk(chat, "Hi")
        await chat.pilot.press("ctrl+up", "right")
        await chat.hears("no further branch")
        assert said(chat) == ["Hi", "Yes."]


async def test_messages_and_code_can_be_copied(start):
    reply = "Look:\n\n```py\nprint(1)\n```\n\nand\n\n~~~\nls\n~~~\n"
    async with start(FakeEngine([reply])) as chat:
        await talk(chat, "Code?")
        await chat.pilot.press("ctrl+up", "y")
        assert chat.app.clipboard == reply
        await chat.pilot.press("c")
        assert chat.app.clipboard == "print(1)\n\nls"
        await chat.pilot.press("escape")
        await chat.say("/code")
        await chat.until(lambda: chat.app.clipboard == "ls")
        await chat.say("/copy")
        await chat.until(lambda: chat.app.clipboard == reply)
