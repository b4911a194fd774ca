"""One message of a conversation on the screen."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from assistant.journal import Message
from tui.segment import AT_ONCE, Segment
from tui.segments import LINES, around, joined, segments

_NAMES = {"user": "You", "assistant": "Reverie"}
_LINES: Final = 60
_CHARACTERS: Final = 6_000
_ENDINGS = {"stopped": "stopped", "interrupted": "interrupted"}


class Entry(Vertical, can_focus=True):
    """A message: who says it, and the text; the user's as typed, replies as Markdown.

    Focused, it takes the keys for copying, editing, regenerating and walking between branches.
    """

    DEFAULT_CSS = """
    Entry {
        height: auto;
        margin: 0 0 1 0;
        padding: 0 1;
        border-left: outer $primary 60%;
        &.user { border-left: outer $success 60%; }
        &.off-record { border-left: outer $warning; }
        &:focus { background: $surface; border-left: thick $accent; }
        &.found { background: $accent 15%; }
        .name { color: $text-muted; text-style: bold; height: 1; }
        .text { height: auto; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("y", "screen.copy_message", "Copy"),
        Binding("c", "screen.copy_code", "Copy code"),
        Binding("r", "screen.regenerate", "Again"),
        Binding("e", "screen.edit", "Edit"),
        Binding("left", "screen.branch(-1)", "Branch", key_display="←→"),
        Binding("right", "screen.branch(1)", "Branch", show=False),
        Binding("up,k", "screen.choose(-1)", "Up", show=False),
        Binding("down,j", "screen.choose(1)", "Down", show=False),
    ]

    def __init__(
        self,
        role: str,
        content: str = "",
        state: str = "complete",
        off_record: bool = False,
        message_id: int | None = None,
        place: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(classes=f"{role} off-record" if off_record else role)
        self.role = role
        self.content = content
        self.state = state
        self.off_record = off_record
        self.message_id = message_id
        self.place = place

    @classmethod
    def of(cls, message: Message, place: tuple[int, int] | None) -> Entry:
        """A stored message; `place`: which of how many siblings."""
        return cls(
            *(message.role, message.content, message.state, message.off_record),
            *(message.id, place),
        )

    def compose(self) -> ComposeResult:
        """The name above the text."""
        yield Static(self._heading(), classes="name", markup=False)
        if self.role == "user":
            yield Static(folded(self.content), classes="text", markup=False)
        else:
            *before, last = segments(self.content)
            if before:
                yield Segment(joined(before), resting=True)
            yield Segment(last, ends=self.state != "streaming")

    @property
    def pieces(self) -> list[Segment]:
        """The segments of a reply, in order."""
        return [child for child in self.children if isinstance(child, Segment)]

    async def write(self, text: str) -> bool:
        """Show more of a reply while it comes; whether the pieces have to be seen to.

        Of more lines than are rendered at once, none is before somebody sees to the pieces.
        """
        self.content += text
        last = self.pieces[-1]
        if text.count("\n") > AT_ONCE:
            await last.rest(last.text + text)
            return False
        whole, *rest = [last.text + text]
        if "\n" in text and not last.resting and whole.count("\n") > LINES:
            whole, *rest = segments(whole)
        await last.write(whole[len(last.text) :])
        await self.mount_all([Segment(piece) for piece in rest])
        return bool(rest) or last.resting

    async def split(self, piece: Segment, first: int, last: int) -> bool:
        """Make pieces that can be rendered of what a long one has from row `first` to `last`.

        Whether there is more than one now.
        """
        above, near, below = around(piece.text, first, last)
        texts = [text for text in (above, *near, below) if text]
        if len(texts) > 1:
            new = [Segment(text, resting=True) for text in texts[1:]]
            new[-1].ends, piece.ends = piece.ends, False
            await piece.rest(texts[0])
            await self.mount_all(new, after=piece)
        return len(texts) > 1

    async def finish(self, state: str) -> None:
        """The reply has ended: render its end once more as a whole, and say if it was cut off."""
        await self.pieces[-1].finish()
        self.state = state
        self.rename()

    def locate(self, message_id: int, place: tuple[int, int] | None) -> None:
        """It has its place in the journal now."""
        self.message_id = message_id
        self.place = place
        self.rename()

    def rename(self) -> None:
        """Write the heading anew."""
        self.query_one(".name", Static).update(self._heading())

    def _heading(self) -> str:
        notes = [_ENDINGS[self.state]] if self.state in _ENDINGS else []
        notes += ["off the record"] if self.off_record else []
        notes += [f"‹ {self.place[0]} of {self.place[1]} ›"] if self.place else []
        return " · ".join([_NAMES[self.role], *notes])


def folded(text: str) -> str:
    """A message of the user without the end of what is longer than any screen."""
    shown = "\n".join(text.split("\n")[:_LINES])[:_CHARACTERS]
    rest = len(text) - len(shown)
    return f"{shown}\n… and {rest:,} more characters" if rest else text
