"""A piece of a long reply, which is only rendered while it is near what can be seen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownStream


class Segment(Vertical):
    """Markdown that can be put to rest: then it is an empty box of the same height."""

    DEFAULT_CSS = """
    Segment {
        height: auto;
        Markdown { margin: 0; padding: 0; height: auto; background: transparent; }
        MarkdownParagraph:last-child { margin: 0; }
        MarkdownFence { margin: 0 0 1 0; max-height: 100000; }
    }
    """

    def __init__(self, text: str = "", resting: bool = False) -> None:
        super().__init__()
        self.text = text
        self.resting = resting
        self._stream: MarkdownStream | None = None
        if resting:
            self.styles.height = max(1, text.count("\n"))

    def compose(self) -> ComposeResult:
        """The text, unless it rests."""
        if not self.resting:
            yield Markdown(self.text)

    async def write(self, text: str) -> None:
        """Append to it as it comes."""
        if self._stream is None:
            self._stream = Markdown.get_stream(self.query_one(Markdown))
        self.text += text
        await self._stream.write(text)

    async def finish(self, text: str) -> None:
        """Nothing more comes: render it once more as a whole."""
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        self.text = text
        await self.query_one(Markdown).update(text)

    async def rest(self) -> None:
        """Become an empty box."""
        if self.resting or self._stream is not None or not self.size.height:
            return
        self.resting = True
        self.styles.height = self.size.height
        await self.query(Markdown).remove()

    async def rise(self) -> None:
        """Be rendered again."""
        if self.resting:
            self.resting = False
            await self.mount(Markdown(self.text))
            self.styles.height = "auto"
