"""The conversation as a scrolling column; it follows new text until somebody scrolls up."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import VerticalScroll
from textual.widgets import Static

from assistant.journal import Message
from tui.entry import Entry

SHOWN = 100
"""Messages of a long conversation that are put on the screen; the rest is in the journal."""

WELCOME = """\
Hello. I run on this machine only, and nothing you write here leaves it.
Just talk to me. What you tell me I note down, and use from the next message on.
When I sleep (reverie sleep), I learn it: it moves into my own weights.
Ctrl+O talks off the record: never learned, never found again.
No time to wait? "reverie demo" plays a whole day and night."""


class Transcript(VerticalScroll):
    """The messages of one conversation."""

    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        padding: 1 1 0 1;
        scrollbar-size-vertical: 1;
        .notice { color: $text-muted; margin: 0 1 1 1; height: auto; }
        .error { color: $text-error; margin: 0 1 1 1; height: auto; }
        .welcome { color: $text-muted; margin: 1 2; height: auto; }
    }
    """
    can_focus = False

    async def show(self, messages: Sequence[Message]) -> None:
        """Replace what is shown by a stored conversation; without messages, a welcome."""
        await self.remove_children()
        if not messages:
            await self.mount(Static(WELCOME, classes="welcome", markup=False))
            return
        shown = messages[-SHOWN:]
        if len(shown) < len(messages):
            await self.say(f"{len(messages) - len(shown)} earlier messages are in the journal.")
        entries = [Entry(m.role, m.content, m.state, m.off_record) for m in shown]
        await self.mount_all(entries)
        self.follow()

    async def add(self, entry: Entry) -> Entry:
        """Append a message."""
        await self.query(".welcome").remove()
        await self.mount(entry)
        return entry

    async def say(self, text: str, kind: str = "notice") -> None:
        """Append a line of the program's own: a `notice` or an `error`."""
        await self.mount(Static(text, classes=kind, markup=False))

    def follow(self) -> None:
        """Go to the end and stay there while text comes, until the user scrolls up."""
        self.anchor()
