"""Where the user types: Enter sends, Ctrl+J makes a new line, and it grows with the text."""

from __future__ import annotations

from textual.binding import Binding
from textual.message import Message
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
        &:focus { border: round $accent; }
        &.off-record, &.off-record:focus { border: round $warning; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        # Shift+Enter looks like Enter in many terminals, so the new line has a key of its own.
        Binding("enter", "submit", "Send", priority=True),
        Binding("ctrl+j", "new_line", "New line", priority=True),
    ]

    off_record: reactive[bool] = reactive(False)

    class Submitted(Message):
        """The user has sent `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False, compact=False
        )
        self.border_title = "Message"

    def action_submit(self) -> None:
        """Hand the text on; whoever takes it empties the input."""
        if self.text.strip():
            self.post_message(self.Submitted(self.text.strip()))

    def action_new_line(self) -> None:
        """A line break at the cursor."""
        self.insert("\n")

    def watch_off_record(self, off_record: bool) -> None:
        """Make it impossible to overlook."""
        self.set_class(off_record, "off-record")
        self.border_title = "Message, off the record" if off_record else "Message"
