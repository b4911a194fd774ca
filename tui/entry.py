"""One message of a conversation on the screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

_NAMES = {"user": "You", "assistant": "Reverie"}
_ENDINGS = {"stopped": "stopped", "interrupted": "interrupted"}


class Entry(Vertical):
    """A message: who says it, and the text; the user's as typed, replies as Markdown."""

    DEFAULT_CSS = """
    Entry {
        height: auto;
        margin: 0 0 1 0;
        padding: 0 1;
        border-left: outer $primary;
        &.user { border-left: outer $success; }
        &.off-record { border-left: outer $warning; }
        .name { color: $text-muted; text-style: bold; height: 1; }
        .text { height: auto; }
        Markdown { margin: 0; padding: 0; height: auto; background: transparent; }
        MarkdownParagraph:last-child { margin: 0; }
    }
    """

    def __init__(
        self, role: str, content: str = "", state: str = "complete", off_record: bool = False
    ) -> None:
        super().__init__(classes=f"{role} off-record" if off_record else role)
        self.role = role
        self.content = content
        self.state = state
        self.off_record = off_record
        self._stream: MarkdownStream | None = None

    def compose(self) -> ComposeResult:
        """The name above the text."""
        yield Static(self._heading(), classes="name", markup=False)
        if self.role == "user":
            yield Static(self.content, classes="text", markup=False)
        else:
            yield Markdown(self.content)

    async def write(self, text: str) -> None:
        """Show more of a reply while it comes."""
        if self._stream is None:
            self._stream = Markdown.get_stream(self.query_one(Markdown))
        self.content += text
        await self._stream.write(text)

    async def finish(self, state: str) -> None:
        """The reply has ended: render it once more as a whole, and say so if it was cut off."""
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        await self.query_one(Markdown).update(self.content)
        self.state = state
        self.query_one(".name", Static).update(self._heading())

    def _heading(self) -> str:
        notes = [_ENDINGS[self.state]] if self.state in _ENDINGS else []
        notes += ["off the record"] if self.off_record else []
        return " · ".join([_NAMES[self.role], *notes])
