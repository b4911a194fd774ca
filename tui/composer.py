"""Where the user types: it grows, remembers what was typed, and completes commands."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.events import Key, Paste
from textual.message import Message as Event
from textual.reactive import reactive
from textual.widgets import TextArea

from assistant.errors import ReverieError
from tui.attachment import PASTED, Attachment, pasted
from tui.suggestions import Suggestions


class Composer(TextArea):
    """The input at the bottom of the screen."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        min-height: 3;
        max-height: 10;
        border: round $primary 60%;
        padding: 0 1;
        background: $background;
        border-subtitle-color: $accent;
        &:focus { border: round $primary; }
        &.off-record, &.off-record:focus { border: round $warning; }
        &.editing, &.editing:focus { border: round $accent; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("ctrl+n", "screen.new", "New"),
        Binding("ctrl+o", "screen.off_record", "Off record"),
        Binding("ctrl+f", "screen.search", "Search"),
        Binding("ctrl+b", "screen.sidebar", "Chats"),
    ]

    off_record: reactive[bool] = reactive(False)

    class Refused(Event):
        """What was pasted cannot be sent along."""

        def __init__(self, error: ReverieError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, send_key: str) -> None:
        super().__init__(
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=False,
            placeholder="Ctrl+J makes a new line, / begins a command",
        )
        self.editing: int | None = None
        """The message of the user that is being changed."""
        self.attachments: list[Attachment] = []
        self._history: list[str] = []
        self._recalled: int | None = None
        # Keys whose meaning hangs on what was typed before them are handled in the order they
        # come. As ordinary bindings they would overtake letters that are still in this widget's
        # queue: a message pasted with its Enter would go without its end, or on the record.
        self._in_order = {
            "ctrl+n": "new",
            "ctrl+o": "off_record",
            "ctrl+f": "search",
            "ctrl+b": "sidebar",
            send_key: "send",
        }
        self._send_key = send_key
        self._bindings.bind(send_key, "screen.send", "Send")
        self._retitle()

    async def _on_key(self, event: Key) -> None:
        suggestions = self.screen.query_one(Suggestions)
        if suggestions.chosen is not None and await self._complete(event, suggestions):
            return
        action = self._in_order.get(event.key)
        if action is not None:
            self._mine(event)
            await self._do(action)
        elif event.key in ("enter", "ctrl+j"):
            # Shift+Enter looks like Enter in many terminals, so the new line has a key of its own.
            self._mine(event)
            self.insert("\n")
        elif event.key in ("up", "down") and self._at_edge(event.key):
            self._mine(event)
            self._recall(1 if event.key == "up" else -1)
        else:
            await super()._on_key(event)

    async def _on_paste(self, event: Paste) -> None:
        """A line to type in stays quick when much is pasted: that goes along like a file."""
        if len(event.text) > PASTED:
            self._mine(event)
            try:
                self.attach(pasted(event.text))
            except ReverieError as error:
                self.post_message(self.Refused(error))

    async def _complete(self, event: Key, suggestions: Suggestions) -> bool:
        chosen = suggestions.chosen
        assert chosen is not None  # the caller has looked
        if event.key in ("up", "down"):
            suggestions.move(-1 if event.key == "up" else 1)
        elif event.key == "tab" or (event.key == self._send_key and self.text != chosen.text):
            self.put(chosen.text)
            if event.key != "tab" and chosen.whole:
                await self._do("send")
        else:
            return False
        self._mine(event)
        return True

    async def _do(self, action: str) -> None:
        # Not "screen.…": that is the screen on top, which a key after this one may have opened.
        await self.screen.run_action(action)

    @staticmethod
    def _mine(event: Key | Paste) -> None:
        event.stop()
        event.prevent_default()

    def put(self, text: str) -> None:
        """Replace the text, the cursor at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def give_back(self, text: str) -> None:
        """What could not be sent, before what has been typed since."""
        self.put("\n\n".join(filter(None, [text, self.text])))

    # -- what was typed before

    def remember(self, typed: Sequence[str]) -> None:
        """What the up key brings back, newest first."""
        self._history = [text for text in typed if len(text) <= PASTED]
        self._recalled = None

    def _at_edge(self, key: str) -> bool:
        """Whether up or down means earlier or later prompts: only where they are no use as keys."""
        if self._recalled is None and (key == "down" or self.text):
            return False
        row, last = self.cursor_location[0], self.document.line_count - 1
        return row == (0 if key == "up" else last)

    def _recall(self, step: int) -> None:
        index = (-1 if self._recalled is None else self._recalled) + step
        if index < 0:
            self._recalled = None
            self.put("")
        elif index < len(self._history):
            self.put(self._history[index])
            self._recalled = index

    # -- what it is about to send

    def begin_editing(self, message_id: int, text: str) -> None:
        """Change a message that was sent."""
        self.editing = message_id
        self.put(text)
        self._retitle()
        self.focus()

    def done(self) -> None:
        """It was sent, or given up."""
        self.editing = self._recalled = None
        self.attachments = []
        self.clear()
        self._retitle()

    def attach(self, attachment: Attachment) -> None:
        """Send a file along with the next message."""
        self.attachments = [*self.attachments, attachment]
        self._retitle()

    def detach(self) -> None:
        """Send no file along after all."""
        self.attachments = []
        self._retitle()

    def watch_off_record(self) -> None:
        """Make it impossible to overlook."""
        self._retitle()

    def _retitle(self) -> None:
        self.set_class(self.off_record, "off-record")
        self.set_class(self.editing is not None, "editing")
        title = "Change the message, Esc leaves it" if self.editing is not None else "Message"
        self.border_title = f"{title}, off the record" if self.off_record else title
        along = [f"+ {each.name} ({each.size})" for each in self.attachments]
        self.border_subtitle = "  ".join([*along, "Esc takes off"] if along else [])
