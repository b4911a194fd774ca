"""A piece of a long reply, which is only rendered while it is near what can be seen.

Rendering takes a few milliseconds a paragraph, and keys have to be answered meanwhile: so a piece
is shown as it was written until its Markdown has been made beside it, some lines at a time.
"""

from __future__ import annotations

import asyncio
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Markdown
from textual.worker import Worker

from tui.segments import LINES, height

AT_ONCE: Final = 6
"""Lines that are rendered at once; what is longer is made in several goes."""
_PAUSE_S: Final = 0.02
"""Between two goes, for keys."""


class Segment(Vertical):
    """Markdown that can be put to rest: then it is its plain text, in a box of the same height."""

    DEFAULT_CSS = """
    Segment {
        height: auto;
        Markdown { margin: 0; padding: 0; height: auto; background: transparent; }
        MarkdownFence { margin: 0 0 1 0; max-height: 100000; }
    }
    """

    class Made(Message):
        """Its Markdown has been made and can be shown."""

        def __init__(self, segment: Segment) -> None:
            super().__init__()
            self.segment = segment

    def __init__(self, text: str = "", resting: bool = False, ends: bool = False) -> None:
        super().__init__()
        self.text = text
        self.resting = resting
        self.ends = ends
        """The message ends with it: no empty line comes after its last block."""
        self._making: Worker[None] | None = None
        self._made = 0
        """Characters of the text that the Markdown being made has."""
        self._lines: list[str] | None = None
        if resting:
            self.styles.height = height(text)

    def compose(self) -> ComposeResult:
        """The text, unless it rests."""
        if not self.resting:
            yield Markdown(self.text)

    @property
    def long(self) -> bool:
        """It is too long to be rendered as one piece."""
        return self.resting and self.text.count("\n") > 2 * LINES

    def render_line(self, y: int) -> Strip:
        """A line of the text as it was written, where there is no Markdown yet."""
        if not self.resting:
            return super().render_line(y)
        if self._lines is None:
            self._lines = self.text.split("\n")
        line = Content(self._lines[y] if y < len(self._lines) else "").expand_tabs()
        strip = Strip(line.render_segments(self.visual_style))
        return strip.adjust_cell_length(self.size.width, self.rich_style)

    async def write(self, text: str) -> None:
        """Append to it as it comes."""
        if self.resting:
            self._set_down(self.text + text)
            return
        self.text += text
        if self._making is None:
            await self.query_one(Markdown).append(text)

    async def finish(self) -> None:
        """Nothing more comes, here and in the message: render it once more as a whole."""
        self.ends = True
        if self.resting:
            return
        if self.text.count("\n") > AT_ONCE:
            self.rise()
        else:
            await self.query_one(Markdown).update(self.text)

    @on(Markdown.TableOfContentsUpdated)
    def close_up(self, event: Markdown.TableOfContentsUpdated) -> None:
        """It has been rendered: away with the margin at the message's end."""
        event.stop()
        self._close_up(event.markdown)

    def _close_up(self, markdown: Markdown) -> None:
        """The CSS that says so (:last-child) would have Textual style every block for each line."""
        blocks = markdown.children
        if self.ends and blocks:
            top, right, _, left = blocks[-1].styles.margin
            blocks[-1].styles.margin = (top, right, 0, left)

    async def rest(self, text: str | None = None) -> None:
        """Become plain text; with `text`, that one, whose height can only be guessed."""
        if text is None and ((self.resting and self._making is None) or not self.size.height):
            return
        if self._making is not None:
            self._making.cancel()
            self._making = None
        self.resting = True
        self._lines = None
        if text is None:
            self.styles.height = self.size.height
        else:
            self._set_down(text)
        await self.query(Markdown).remove()

    def _set_down(self, text: str) -> None:
        self.text = text
        self._lines = None
        self.styles.height = height(text)
        self.refresh()

    def rise(self) -> None:
        """Have its Markdown made; `Made` says when it can appear."""
        if self._making is None:
            self._making = self.run_worker(self._make())

    async def _make(self) -> None:
        markdown = Markdown()
        markdown.display = False
        await self.mount(markdown)
        self._made = 0
        while self._made < len(self.text):
            more = _some(self.text, self._made)
            self._made += len(more)
            await markdown.append(more)
            await asyncio.sleep(_PAUSE_S)
        self.post_message(self.Made(self))

    async def appear(self) -> None:
        """Show the Markdown that was made, instead of what there was."""
        if self._making is None:
            return
        self._making = None
        *old, new = self.query(Markdown)
        await new.append(self.text[self._made :])
        self._close_up(new)
        with self.app.batch_update():
            for each in old:
                await each.remove()
            new.display = True
            self.resting = False
            self.styles.height = "auto"


def _some(text: str, start: int) -> str:
    """The next few lines, up to the end of a paragraph if one is near."""
    end = start
    for _ in range(AT_ONCE):
        end = text.find("\n", end) + 1 or len(text)
    paragraph = text.find("\n\n", end, end + 400)
    return text[start : paragraph + 2 if paragraph >= 0 else end]
