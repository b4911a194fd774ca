"""Every screen with the story on it, always the same: for snapshots and the README's pictures."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from textual.widgets import Input, TextArea

from assistant import settings
from assistant.paths import Paths
from tests.fake_engine import FakeEngine
from tests.tui import story
from tests.tui.driver import Chat, own_threads
from tui.app import ReverieApp
from tui.chat_screen import ChatScreen
from tui.compare_screen import CompareScreen
from tui.help_screen import HelpScreen
from tui.memories_screen import MemoriesScreen
from tui.nights_screen import NightsScreen
from tui.search_screen import SearchScreen
from tui.session import Session
from tui.sleep_screen import SleepScreen

ANSWERS = ("I don't know where you live.", "You live in Leeds.")


async def first(chat: Chat) -> None:
    await chat.reads("Hello. I run on this machine only")


async def talk(chat: Chat) -> None:
    await chat.reads("Your dog is called Biscuit.")


async def off_record(chat: Chat) -> None:
    await talk(chat)
    await chat.pilot.press("ctrl+o", *"/")
    await chat.reads("OFF THE RECORD", "/search WORDS")


async def search(chat: Chat) -> None:
    await chat.pilot.press("ctrl+f", *"leeds")
    await chat.until(lambda: isinstance(chat.app.screen, SearchScreen))
    await chat.reads("2 found")


async def keys(chat: Chat) -> None:
    await chat.pilot.press("f1")
    await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))
    await chat.reads("Keys and commands")


async def asleep(chat: Chat) -> None:
    screen = await chat.go("sleep", SleepScreen)
    await chat.reads("Asleep. Night 2 is learning", "Learning now", "▸ seed")
    await chat.until(lambda: screen.state and len(screen.state.loss) == 60)


async def exam(chat: Chat) -> None:
    story.sit(chat.app.session.journal)
    await chat.go("sleep", SleepScreen)
    await chat.reads("sitting the exam", "4 of 5 right", "ordinary", "before: Alec.")
    await chat.until(lambda: chat.app.pulse.stage == "exam")


async def morning(chat: Chat) -> None:
    await chat.go("sleep", SleepScreen)
    await chat.reads("5 of 6 right", "Drowsy")


async def memories(chat: Chat) -> None:
    screen = await chat.go("memories", MemoriesScreen)
    await chat.reads("6 of 7")
    await chat.pilot.press(*["down"] * 5)
    await chat.until(lambda: screen.shown and screen.shown.memory.id == 1)


async def nights(chat: Chat) -> None:
    await chat.go("nights", NightsScreen)
    await chat.reads("Known by heart (3)", "generation 1")


async def compare(chat: Chat) -> None:
    screen = await chat.go("compare", CompareScreen)
    await chat.reads("base model")
    await chat.pilot.press(*"Where do I live?", "enter")
    await chat.reads("You live in Leeds.")
    await chat.until(lambda: not screen.asking)


Scene = Callable[[Chat], Awaitable[None]]
SCENES: dict[str, Scene] = {
    each.__name__: each
    for each in (
        *(first, talk, off_record, search, keys),
        *(asleep, exam, morning, memories, nights, compare),
    )
}


@asynccontextmanager
async def shown(
    name: str, size: tuple[int, int], home: Path, theme: str = "reverie-dark"
) -> AsyncIterator[Chat]:
    """The app in an empty folder `home`, at that scene, with nothing that moves."""
    paths = Paths.under(home).make()
    if name != "first":
        story.tell(paths, os.getpid() if name in ("asleep", "exam") else None)
    settings.store(paths, "tui.theme", theme)
    answers = list(ANSWERS)

    def engine(*_: object) -> Any:
        taken = answers.pop(0) if name == "compare" and opened else "Yes."
        opened.append(taken)
        return FakeEngine(taken)

    opened: list[str] = []
    session = Session(paths, cast(Any, engine))
    app = ReverieApp(session)
    with own_threads():
        async with app.run_test(size=size) as pilot:
            chat = Chat(app, pilot)
            await chat.until(lambda: isinstance(app.screen, ChatScreen) and app.screen.served)
            await chat.until(lambda: app.pulse.last or name == "first")
            await SCENES[name](chat)
            for area in app.screen.query(TextArea):
                area.cursor_blink = False
            for line in app.screen.query(Input):
                line.cursor_blink = False
            await pilot.pause()
            yield chat
    session.close()
