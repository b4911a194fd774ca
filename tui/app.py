"""The Textual application behind `reverie`."""

# ruff: noqa: I001 - assistant.quiet comes before anything that it silences
from __future__ import annotations

import assistant.quiet  # noqa: F401

from textual.app import App
from textual.binding import Binding

from assistant.exit_codes import ExitCode
from assistant.paths import Paths
from tui.chat_screen import ChatScreen
from tui.session import Session


class ReverieApp(App[None]):
    """Opens the chat screen; the session is closed with it."""

    TITLE = "Reverie"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def on_mount(self) -> None:
        """The chat screen is the first thing to see."""
        self.push_screen(ChatScreen(self.session))

    async def action_quit(self) -> None:
        """Stop a running reply, which is kept as far as it got, and leave."""
        self.session.stop()
        self.exit()


def run(paths: Paths | None = None) -> int:
    """Show the chat until the user quits; the exit code."""
    session = Session(paths or Paths.resolve().make())
    ReverieApp(session).run()
    session.close()
    return ExitCode.DONE
