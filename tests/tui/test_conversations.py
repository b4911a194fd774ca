"""The sidebar, search that jumps, titles, deletion, and system texts of their own."""

from textual.widgets import Input, TextArea

from assistant.journal import Journal
from tests.fake_engine import FakeEngine
from tests.tui import story
from tui.chat_screen import ChatScreen
from tui.composer import Composer
from tui.dialogs import AskLine, AskSystem, Confirm
from tui.entry import Entry
from tui.search_screen import SearchScreen
from tui.sidebar import Sidebar
from tui.transcript import Transcript


async def test_conversations_stand_beside_the_chat(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(130, 40)) as chat:
        await chat.reads("Moving to Leeds", "Order of a list")
        assert chat.one(Sidebar).display, "there is room for it"
        await chat.pilot.press("ctrl+b")
        assert not chat.one(Sidebar).display
        await chat.pilot.press("ctrl+b", "down", "enter")
        await chat.until(lambda: chat.entries and "moved to Leeds" in chat.entries[0][1])
        assert chat.one(Composer).has_focus


async def test_a_narrow_screen_shows_them_on_demand(start, paths):
    story.tell(paths)
    async with start(FakeEngine()) as chat:
        await chat.until(lambda: chat.entries)
        assert not chat.one(Sidebar).display
        await chat.pilot.press("ctrl+b")
        await chat.reads("Moving to Leeds")
        assert chat.one(Sidebar).has_focus


async def test_search_jumps_to_the_message_in_a_very_long_conversation(start, paths):
    with Journal.open(paths.journal) as journal, journal.writing():
        conversation, parent = journal.new_conversation("Long"), None
        for n in range(5000):
            text = "the needle" if n == 1234 else f"line {n}"
            role = "assistant" if n % 2 else "user"
            parent = journal.add_message(conversation, role, text, parent_id=parent)  # type: ignore[arg-type]
    async with start(FakeEngine()) as chat:
        await chat.until(lambda: len(chat.entries) == 40)
        await chat.pilot.press("ctrl+f", *"needle")
        await chat.until(lambda: isinstance(chat.app.screen, SearchScreen))
        await chat.reads("1 found", "the needle")
        await chat.pilot.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ChatScreen))
        await chat.until(lambda: any(text == "the needle" for _, text, _ in chat.entries))
        found = next(e for e in chat.screen.query(Entry) if e.content == "the needle")
        transcript = chat.one(Transcript)
        await chat.until(lambda: transcript.region.contains_region(found.region))
        assert found.has_class("found")
        assert len(chat.entries) <= 52
        # scrolling on brings what is around it, and what is seen stays where it is
        await chat.until(lambda: not transcript._moving)
        first = chat.entries[0][1]
        transcript.scroll_to(y=0, animate=False)
        await chat.until(lambda: chat.entries[0][1] != first)
        assert any(text == first for _, text, _ in chat.entries)
        await chat.until(lambda: not transcript._moving)
        kept = next(e for e in chat.screen.query(Entry) if e.content == first)
        await chat.until(lambda: transcript.region.overlaps(kept.region))


async def test_nothing_found_is_said(start):
    async with start(FakeEngine()) as chat:
        await chat.pilot.press("ctrl+f", *"nothing")
        await chat.until(lambda: isinstance(chat.app.screen, SearchScreen))
        await chat.reads("Nothing on the record has these words")
        await chat.pilot.press("escape")
        await chat.until(lambda: isinstance(chat.app.screen, ChatScreen))


async def test_a_conversation_gets_another_title(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(130, 40)) as chat:
        await chat.reads("Order of a list")
        await chat.say("/title Lists")
        await chat.reads("▸ Lists")
        chat.one(Sidebar).focus()
        await chat.pilot.press("r")
        await chat.until(lambda: isinstance(chat.app.screen, AskLine))
        chat.app.screen.query_one(Input).value = "Python"
        await chat.pilot.press("enter")
        await chat.reads("▸ Python")


async def test_a_conversation_is_deleted_after_asking(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(130, 40)) as chat:
        await chat.reads("Order of a list")
        await chat.say("/delete")
        await chat.until(lambda: isinstance(chat.app.screen, Confirm))
        await chat.pilot.press("n")
        await chat.until(lambda: isinstance(chat.app.screen, ChatScreen))
        await chat.say("/delete")
        await chat.until(lambda: isinstance(chat.app.screen, Confirm))
        await chat.pilot.press("y")
        await chat.until(lambda: "Order of a list" not in chat.text())
        await chat.until(lambda: chat.entries == [])
    with Journal.open(paths.journal) as journal:
        assert [c.title for c in journal.conversations()] == ["Moving to Leeds"]


async def test_a_conversation_may_have_a_system_text_of_its_own(start, paths):
    paths.personas_dir.mkdir()
    (paths.personas_dir / "pirate.txt").write_text("You are a pirate.\n")
    engine = FakeEngine("Arr.", "Aye.", "Hello.")
    async with start(engine) as chat:
        await chat.say("/persona pirate")
        await chat.until(lambda: any("You are a pirate." in line for line in chat.lines(".notice")))
        await chat.say("Hi")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert engine.asked[0][0].content == "You are a pirate."
        await chat.say("/system")
        await chat.until(lambda: isinstance(chat.app.screen, AskSystem))
        assert chat.app.screen.query_one(TextArea).text == "You are a pirate."
        chat.app.screen.query_one(TextArea).text = "You are a captain."
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.app.screen, ChatScreen))
        await chat.until(lambda: any("captain" in line for line in chat.lines(".notice")))
        await chat.say("And now?")
        await chat.until(lambda: len(chat.entries) == 4)
        await chat.idle()
        assert engine.asked[1][0].content == "You are a captain."
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.entries == [])
        await chat.say("Somebody else?")
        await chat.until(lambda: len(chat.entries) == 2)
        await chat.idle()
        assert engine.asked[2][0].content == "You are a helpful assistant with a memory."


async def test_an_unknown_persona_is_explained(start):
    async with start(FakeEngine()) as chat:
        await chat.say("/persona nobody")
        await chat.until(lambda: chat.lines(".error"))
        assert "There is no persona 'nobody'" in chat.lines(".error")[0]
