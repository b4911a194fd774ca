"""The line at the top of every screen: where one is, and where one can go."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

MODES: Final = {
    "talk": ("f2", "Talk"),
    "sleep": ("f3", "Sleep"),
    "memories": ("f4", "Memories"),
    "nights": ("f5", "Nights"),
    "compare": ("f6", "Compare"),
}
"""The screens by name, each with its key and its title, in the order they are shown."""


class _Place(Static):
    """One screen's name; a click goes there."""

    def __init__(self, mode: str, here: bool) -> None:
        key, title = MODES[mode]
        label = Content.assemble((key.upper(), "$accent"), " ", (title, "bold" if here else ""))
        super().__init__(label, classes="here" if here else "")
        self._mode = mode

    async def on_click(self) -> None:
        """Go there."""
        await self.app.run_action(f"go('{self._mode}')")


class _Help(Static):
    """Where to find every key, on every screen; a click goes there, too."""

    def __init__(self) -> None:
        super().__init__(Content.assemble(("F1", "$accent"), " Help"), id="help")

    async def on_click(self) -> None:
        """Go there."""
        await self.app.run_action("help")


class TopBar(Horizontal):
    """The names of the screens, the one at hand marked."""

    DEFAULT_CSS = """
    TopBar {
        height: 1;
        background: $panel;
        #brand { width: auto; padding: 0 2 0 1; color: $secondary; text-style: bold; }
        _Place { width: auto; padding: 0 1; color: $text-muted; }
        #help { dock: right; width: auto; padding: 0 1; color: $text-muted; }
        _Place:hover, #help:hover { background: $surface; }
        _Place.here { background: $background; color: $text; text-style: bold; }
    }
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        """Brand and places."""
        yield Static("☾ reverie", id="brand", markup=False)
        for mode in MODES:
            yield _Place(mode, mode == self._mode)
        yield _Help()
