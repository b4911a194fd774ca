"""The running app in a test, and what can be read off its screens."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tui.app import ReverieApp
from tui.chat_screen import ChatScreen
from tui.composer import Composer
from tui.entry import Entry

T = TypeVar("T")


@contextmanager
def own_threads() -> Iterator[None]:
    """Around a running app: its threads have ended when this has, as when `tui.app.run` has.

    Only then may its journal be closed.
    """
    with ThreadPoolExecutor() as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        yield


class Chat:
    """The running app, and what can be read off its screen."""

    def __init__(self, app: ReverieApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> ChatScreen:
        assert isinstance(self.app.screen, ChatScreen)
        return self.app.screen

    def one(self, kind: type[Any]) -> Any:
        return self.screen.query_one(kind)

    @property
    def entries(self) -> list[tuple[str, str, str]]:
        return [(e.role, e.content, e.state) for e in self.screen.query(Entry)]

    def lines(self, css: str) -> list[str]:
        return [str(widget.render()) for widget in self.screen.query(css).results(Static)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the app work until the condition holds; the test's own timeout ends a bad wait."""
        for _ in range(2000):
            if condition():
                return
            await self.pilot.pause(0.005)
        pytest.fail(f"it never came true; on the screen:\n{self.text()}")

    async def say(self, text: str) -> None:
        self.one(Composer).text = text
        await self.pilot.press("enter")

    async def idle(self) -> None:
        await self.until(lambda: not self.screen.busy)

    async def go(self, mode: str, kind: type[T]) -> T:
        """To another screen, with its key."""
        keys = {"talk": "f2", "sleep": "f3", "memories": "f4", "nights": "f5", "compare": "f6"}
        await self.pilot.press(keys[mode])
        await self.until(lambda: isinstance(self.app.screen, kind))
        assert isinstance(self.app.screen, kind)
        return self.app.screen

    def text(self) -> str:
        """The whole screen as it would be read."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def hears(self, words: str) -> None:
        """Wait until a notification says this."""
        await self.until(lambda: any(words in each.message for each in self.app._notifications))

    async def reads(self, *words: str) -> None:
        """Wait until all these stand on the screen."""
        await self.until(lambda: all(each in self.text() for each in words))
