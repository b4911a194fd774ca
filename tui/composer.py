"""Where the user types: Enter sends, Ctrl+J makes a new line, and it grows with the text."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.events import Key
from textual.reactive import reactive
from textual.widgets import TextArea


class Composer(TextArea):
    """The input at the bottom of the screen."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        min-height: 3;
        max-height: 10;
        border: round $primary;
        padding: 0 1;
        &:focus { border: round $success; }
        &.off-record, &.off-record:focus { border: round $warning; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("enter", "screen.send", "Send"),
        # Shift+Enter looks like Enter in many terminals, so the new line has a key of its own.
        Binding("ctrl+j", "new_line", "New line"),
        Binding("ctrl+n", "screen.new", "New"),
        Binding("ctrl+o", "screen.off_record", "Off record"),
    ]
    _IN_ORDER: ClassVar = {
        "enter": "screen.send",
        "ctrl+j": "new_line",
        "ctrl+n": "screen.new",
        "ctrl+o": "screen.off_record",
    }
    """Keys whose meaning hangs on what was typed before them: handled here, in the order they come.

    As ordinary bindings they would overtake letters that are still in this widget's queue, and a
    message pasted together with its Enter would go without its end, or on the record.
    """

    off_record: reactive[bool] = reactive(False)

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False, compact=False
        )
        self.border_title = "Message"

    async def _on_key(self, event: Key) -> None:
        action = self._IN_ORDER.get(event.key)
        if action is None:
            await super()._on_key(event)
        else:
            event.stop()
            event.prevent_default()
            await self.run_action(action)

    def action_new_line(self) -> None:
        """A line break at the cursor."""
        self.insert("\n")

    def watch_off_record(self, off_record: bool) -> None:
        """Make it impossible to overlook."""
        self.set_class(off_record, "off-record")
        self.border_title = "Message, off the record" if off_record else "Message"
