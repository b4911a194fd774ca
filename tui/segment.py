"""A piece of a long reply, which is only rendered while it is near what can be seen."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Markdown


class Segment(Vertical):
    """Markdown that can be put to rest: then it is an empty box of the same height."""

    DEFAULT_CSS = """
    Segment {
        height: auto;
        Markdown { margin: 0; padding: 0; height: auto; background: transparent; }
        MarkdownFence { margin: 0 0 1 0; max-height: 100000; }
    }
    """

    def __init__(self, text: str = "", resting: bool = False, ends: bool = False) -> None:
        super().__init__()
        self.text = text
        self.resting = resting
        self.ends = ends
        """The message ends with it: no empty line comes after its last block."""
        if resting:
            self.styles.height = _height(text)

    def compose(self) -> ComposeResult:
        """The text, unless it rests."""
        if not self.resting:
            yield Markdown(self.text)

    async def write(self, text: str) -> None:
        """Append to it as it comes; where nobody sees it, it only grows."""
        self.text += text
        if self.resting:
            self.styles.height = _height(self.text)
        else:
            await self.query_one(Markdown).append(text)

    async def finish(self) -> None:
        """Nothing more comes, here and in the message: render it once more as a whole."""
        self.ends = True
        if not self.resting:
            await self.query_one(Markdown).update(self.text)

    @on(Markdown.TableOfContentsUpdated)
    def close_up(self, event: Markdown.TableOfContentsUpdated) -> None:
        """It has been rendered: away with the margin at the message's end.

        The CSS that says so (:last-child) would have Textual style every block anew for each line.
        """
        event.stop()
        blocks = event.markdown.children
        if self.ends and blocks:
            top, right, _, left = blocks[-1].styles.margin
            blocks[-1].styles.margin = (top, right, 0, left)

    async def rest(self) -> None:
        """Become an empty box."""
        if self.resting or not self.size.height:
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


def _height(text: str) -> int:
    """About how many lines it will take."""
    return max(1, text.count("\n"))
