"""Every key and every command, on one page."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.slash import SLASHES

KEYS: Final = {
    "Everywhere": (
        ("F1", "This page"),
        ("F2 … F6", "Talk, Sleep, Memories, Nights, Compare"),
        ("Ctrl+P", "Command palette: everything there is, by name"),
        ("Tab, Shift+Tab", "To the next part of the screen, or the one before"),
        ("Ctrl+C", "Copy the text marked with the mouse"),
        ("Ctrl+Q", "Leave; a night goes on without this window"),
    ),
    "Talk": (
        ("Enter", "Send (setting tui.send_key; then Enter makes a new line)"),
        ("Ctrl+J", "New line"),
        ("Esc", "Stop the reply, which is kept; take a file or an edit off"),
        ("Ctrl+N", "New conversation"),
        ("Ctrl+O", "Off the record, and on it again"),
        ("Ctrl+F", "Search everything that was said"),
        ("Ctrl+B", "Conversations beside the chat"),
        ("Enter, r, d", "On a conversation: open, rename, delete it"),
        ("Up, Down", "In an empty line: what was typed before; else choose"),
        ("Tab", "Take the suggestion for a command"),
        ("PgUp, PgDn, Ctrl+End", "Scroll; follow the reply again"),
        ("Ctrl+Up", "To the messages; Esc goes back"),
    ),
    "On a message": (
        ("y, c", "Copy it; copy its code"),
        ("r", "Have it answered again"),
        ("e", "Change it and send it again; the old branch stays"),
        ("Left, Right", "Walk between branches"),
        ("Up, Down, k, j", "To the message before, or after"),
    ),
    "Sleep": (
        ("s, x", "Start a night; stop it (what it has done is kept)"),
        ("b", "How long it may take"),
        ("u", "Go on with a night that was cut off"),
        ("d, e", "Its dreams; its exam, question by question"),
    ),
    "Memories": (
        ("/", "Filter by words of it or of its source"),
        ("p", "Filter by person or subject"),
        ("t, n", "Filter by state; by night"),
        ("a, r", "Approve; reject"),
        ("c, f", "Correct; forget"),
        ("o", "Open the conversation it came from"),
        ("Esc", "From the words to the list"),
    ),
    "Nights": (
        ("Enter", "Show the morning report"),
        ("g", "To the generations"),
        ("u", "Serve the chosen generation (roll back)"),
        ("Esc", "To the nights"),
    ),
    "Compare": (
        ("Enter", "Ask both; on a model's name: choose another"),
        ("Esc", "Stop them"),
    ),
}


class HelpScreen(ModalScreen[None]):
    """Help."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        VerticalScroll {
            width: 84;
            max-width: 96%;
            height: auto;
            max-height: 92%;
            background: $surface;
            border: round $primary;
            padding: 0 2 1 2;
        }
        Static { height: auto; }
    }
    """
    BINDINGS = [Binding("escape,f1,q", "dismiss", "Close")]  # noqa: RUF012  # as Textual declares it

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll() as page:
            page.border_title = "Keys and commands"
            page.border_subtitle = "Esc closes"
            yield Static(_page(), markup=False)


def _page() -> Content:
    parts: list[str | tuple[str, str]] = []
    for title, keys in KEYS.items():
        parts += ["\n", (title, "bold $secondary"), "\n"]
        for key, meaning in keys:
            parts += [(f"  {key:<22}", "$accent"), meaning, "\n"]
    parts += ["\n", ("Typed as a message", "bold $secondary"), "\n"]
    for slash in SLASHES:
        parts += [(f"  {f'/{slash.name} {slash.argument}':<22}", "$accent"), slash.help, "\n"]
    return Content.assemble(*parts)
