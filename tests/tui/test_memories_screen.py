"""What it knows, from which sentence, and how to change that."""

import pytest
from textual.widgets import Input, Static

from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.memories import Memory, memory
from assistant.memory_states import STATES
from tests.fake_engine import FakeEngine
from tests.tui import story
from tests.tui.driver import Chat
from tui.chat_screen import ChatScreen
from tui.dialogs import AskLine, Choose, Confirm
from tui.entry import Entry
from tui.memories_screen import MemoriesScreen
from tui.subjects import subjects


def said(chat: Chat) -> str:
    return str(chat.app.screen.query_one("#detail Static", Static).render())


async def choose(chat: Chat, text: str) -> None:
    screen = chat.app.screen
    assert isinstance(screen, MemoriesScreen)
    for _ in range(10):
        await chat.until(lambda: screen.shown and screen.shown.memory.id == screen.chosen)
        assert screen.shown is not None
        if screen.shown.memory.text == text:
            return
        await chat.pilot.press("down")
    pytest.fail(f"no memory says {text}")


@pytest.fixture
def know(start, paths):
    story.tell(paths)
    return start


async def test_a_memory_in_full(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await chat.reads("6 of 7", "? proposed", "● learned")
        await choose(chat, "You live in Leeds.")
        for part in (
            "known by heart",
            "in the weights, level 1, expert day-0001",
            "I have moved to Leeds for a job",
            "Tell me: which town is my home?",
            "Kept for the exam (1)",
            "Exam of night 1: 1 of 1 right",
            "before  I don't know.",
            "after   You live in Leeds.",
        ):
            assert part in said(chat)


async def test_filters(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await chat.reads("6 of 7")
        await chat.pilot.press("slash", *"nora", "enter")
        await chat.reads("1 of 7", "“nora”")
        chat.app.screen.query_one(Input).value = ""
        await chat.reads("6 of 7")
        await chat.pilot.press("n")
        await chat.reads("4 of 7", "night 1")
        await chat.pilot.press("n", *["t"] * 6)
        await chat.reads("1 of 7", "superseded", "You live in York.")


async def test_the_filter_of_persons_and_subjects(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await chat.reads("6 of 7", "everybody (p)")
        await chat.pilot.press("p")
        await chat.until(lambda: isinstance(chat.app.screen, Choose))
        await chat.reads("you  4", "your dog  1", "your sister (Nora)  1", "your neighbour  1")
        await chat.pilot.press("down", "enter")
        await chat.reads("3 of 7", "about you (p)", "You live in Leeds.")
        assert "Your sister" not in chat.text()
        await chat.pilot.press("p")
        await chat.until(lambda: isinstance(chat.app.screen, Choose))
        await chat.pilot.press("escape")
        await chat.reads("3 of 7", "about you (p)")
        await chat.pilot.press("t", "t")
        await chat.reads("1 of 7", "waiting (t)", "You drink oat milk.")
        await chat.pilot.press("p")
        await chat.until(lambda: isinstance(chat.app.screen, Choose))
        await chat.pilot.press("home", "enter")
        await chat.reads("1 of 7", "everybody (p)")


def about(text: str, subject: str) -> Memory:
    return Memory(1, text, subject, "waiting", None, "", None, 0, None, "", None, "", [])


def test_subjects_are_one_under_all_their_names():
    held = [
        about("Your sister is called Nora Lee.", "my sister"),
        about("Your sister Nora Lee lives in Hull.", "my sister Nora Lee"),
        about("You gave Nora Lee a book.", "I"),
        about("Norah Leeson is a doctor.", "Norah Leeson"),
        about("Nora Lee likes tea.", "Nora Lee"),
        about("You said something.", ""),
    ]
    assert [(each.label, each.count) for each in subjects(held)] == [
        ("your sister (Nora Lee)", 4),
        ("you", 1),
        ("Norah Leeson", 1),
    ]


async def test_every_state_can_be_chosen(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        for state in (*STATES, "everything", "what counts"):
            await chat.pilot.press("t")
            await chat.reads(f"{state} (t)")


async def test_approve_and_reject(know, paths):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await choose(chat, "Your neighbour is called Ahmed.")
        await chat.pilot.press("a")
        await chat.hears("It waits for the next night")
        journal = chat.app.session.journal
        assert memory(journal, 6).state == "waiting"
        await chat.until(lambda: "in the prompt, waits" in said(chat))
        await chat.pilot.press("r")
        await chat.until(lambda: memory(journal, 6).state == "rejected")


async def test_what_cannot_be_done_is_explained(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await choose(chat, "You live in Leeds.")
        await chat.pilot.press("r")
        await chat.reads("Memory 1 is learned; only proposed or waiting")


async def test_correct(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await choose(chat, "You live in Leeds.")
        await chat.pilot.press("c")
        await chat.until(lambda: isinstance(chat.app.screen, AskLine))
        chat.app.screen.query_one(Input).value = "I live in Hull."
        await chat.pilot.press("enter")
        await chat.reads("I live in Hull.")
        journal = chat.app.session.journal
        assert (memory(journal, 1).state, memory(journal, 8).supersedes) == ("superseded", 1)


async def test_forget(know, paths):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await choose(chat, "You work as a nurse.")
        await chat.pilot.press("f")
        await chat.until(lambda: isinstance(chat.app.screen, Confirm))
        await chat.pilot.press("escape")
        await chat.until(lambda: isinstance(chat.app.screen, MemoriesScreen))
        assert memory(chat.app.session.journal, 2).state == "learned"
        await chat.pilot.press("f")
        await chat.until(lambda: isinstance(chat.app.screen, Confirm))
        await chat.pilot.press("y")
        await chat.hears("Generation 0, which never knew it, is served now")
        assert "You work as a nurse." not in chat.text()
    with Journal.open(paths.journal) as journal:
        assert memory(journal, 2).state == "forgotten"
        assert Generations(paths, journal).current_id() == 0


async def test_its_conversation_is_opened_at_the_sentence(know):
    async with know(FakeEngine(), size=(130, 40)) as chat:
        await chat.go("memories", MemoriesScreen)
        await choose(chat, "Your sister Nora visits on Sunday.")
        await chat.pilot.press("o")
        await chat.until(lambda: isinstance(chat.app.screen, ChatScreen))
        await chat.until(lambda: [e for e in chat.screen.query(Entry) if e.has_class("found")])
        found = next(e for e in chat.screen.query(Entry) if e.has_class("found"))
        assert found.content.startswith("He loves the park.")


async def test_an_empty_ledger_says_what_will_be_there(start):
    async with start(FakeEngine()) as chat:
        await chat.go("memories", MemoriesScreen)
        await chat.reads("What you tell is noted when a night has read it")
