"""An app on an engine that says what the test tells it to."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from inspect import signature
from typing import Any

import pytest

from assistant.paths import Paths
from tests.fake_engine import FakeEngine
from tests.fixtures_gguf import tiny_gguf
from tests.tui.driver import Chat, own_threads
from tui import night_state, pulse
from tui.app import ReverieApp
from tui.chat_screen import ChatScreen
from tui.session import Session

__all__ = ["tiny_gguf"]

NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
"""After the story, and before what is said in a test."""


@pytest.fixture(autouse=True)
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times read the same, it is noon, and no schedule of this machine's is seen."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(night_state, "next_night", lambda *_: None)
    monkeypatch.setattr(pulse, "clock", lambda: NOON)


@pytest.fixture
def start(paths: Paths) -> Callable[..., Any]:
    @asynccontextmanager
    async def run(
        engine: FakeEngine | Callable[..., FakeEngine],
        size: tuple[int, int] = (80, 24),
        ready: bool = True,
    ) -> AsyncIterator[Chat]:
        def open_engine(*arguments: object) -> Any:
            if isinstance(engine, FakeEngine):
                return engine
            return engine(*arguments) if signature(engine).parameters else engine()

        session = Session(paths, open_engine)
        app = ReverieApp(session)
        with own_threads():
            async with app.run_test(size=size, notifications=True) as pilot:
                chat = Chat(app, pilot)
                try:
                    await chat.until(lambda: isinstance(app.screen, ChatScreen))
                    if ready:
                        await chat.until(lambda: chat.screen.served)
                    yield chat
                finally:
                    session.stop()  # the app waits for its threads, a failed test must not
                    session.stop_asking()
        session.close()

    return run
