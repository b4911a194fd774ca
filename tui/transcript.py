"""The conversation as a scrolling column; it follows new text until somebody scrolls up.

Of a long conversation only a window is on the screen; scrolling to its edge brings more. Of a long
reply only the pieces near what can be seen are rendered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from textual import on
from textual.containers import VerticalScroll
from textual.widgets import Static

from assistant.plural import counted
from tui.entry import Entry
from tui.segment import Segment
from tui.session import EMPTY, Thread

SHOWN: Final = 40
"""Messages of a long conversation that are put on the screen at first."""
_PAGE: Final = 12
_MOST: Final = 80

WELCOME = """\
Hello. I run on this machine only; what you write here never leaves it.
Just talk: what you tell me I note, and use from the next message on.
When I sleep (F3), I learn it: it moves from my notes into my weights.
Ctrl+O talks off the record, never to be learned. F1 shows every key.
No time? /demo plays a whole day and its night here in a few minutes."""
"""Five lines, also where there are 80 columns."""


class Transcript(VerticalScroll):
    """The messages of one conversation."""

    DEFAULT_CSS = """
    Transcript {
        height: 1fr;
        padding: 1 1 0 1;
        scrollbar-size-vertical: 1;
        .notice { color: $text-muted; margin: 0 1 1 1; height: auto; }
        .error { color: $text-error; margin: 0 1 1 1; height: auto; }
        .welcome { color: $text-muted; margin: 1 2; height: auto; }
    }
    """
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._thread = EMPTY
        self._first = self._end = 0
        self._moving = self._upwards = False
        self._said: Static | None = None

    async def show(self, thread: Thread, at: int | None = None) -> None:
        """Replace what is shown by a stored conversation; without messages, a welcome.

        `at`: the message to show, marked as found; otherwise the end.
        """
        self._moving, self._upwards = True, False
        await self.remove_children()
        self._thread = thread
        count = len(thread.messages)
        index = next((i for i, m in enumerate(thread.messages) if m.id == at), None)
        self._end = count if index is None else min(count, max(index + _PAGE, SHOWN))
        self._first = max(0, self._end - SHOWN)
        if not count:
            await self.mount(Static(WELCOME, classes="welcome", markup=False))
        await self.mount(self._edge("earlier"))
        await self.mount_all(self._entries(self._first, self._end))
        await self.mount(self._edge("later"))
        self._say_edges()
        if index is None:
            self.follow()
        else:
            self.point_at(thread.messages[index].id)
        self.call_after_refresh(self._settled)

    def point_at(self, message_id: int) -> None:
        """Mark a message and scroll to it."""
        for entry in self.entries:
            entry.set_class(entry.message_id == message_id, "found")
            if entry.message_id == message_id:
                self.release_anchor()
                self.call_after_refresh(self.scroll_to_widget, entry, animate=False, center=True)

    @property
    def entries(self) -> list[Entry]:
        """What is on the screen, in order."""
        return [child for child in self.children if isinstance(child, Entry)]

    async def add(self, entry: Entry) -> Entry:
        """Append a message."""
        await self.remove_children(".welcome")
        if self._end < len(self._thread.messages):
            await self.show(self._thread)
        await self.mount(entry)
        return entry

    async def write(self, entry: Entry, text: str) -> None:
        """Show more of a reply; what of it has scrolled out of sight is put to rest."""
        if await entry.write(text):
            await self._tend_one(entry, ahead=0)

    async def cut(self, entry: Entry) -> None:
        """Take a message and everything after it off the screen: another branch follows."""
        end = self._first + self.entries.index(entry)
        await self.remove_children(list(self.children)[self.children.index(entry) :])
        messages = self._thread.messages[:end]
        self._thread = Thread(self._thread.conversation, messages, self._thread.places)
        self._end = end

    def settle(self, thread: Thread) -> None:
        """What was said since `show` is in the journal now, and has numbers and places there."""
        self._thread = thread
        self._end = len(thread.messages)
        for entry, message in zip(self.entries, thread.messages[self._first :], strict=False):
            entry.locate(message.id, thread.places.get(message.id))
        self.call_after_refresh(self._tend)

    async def say(self, text: str, kind: str = "notice") -> None:
        """Append a line of the program's own: a `notice` or an `error`, each once in a row."""
        last = self.children[-1] if self.children else None
        if last is None or last is not self._said or text != str(self._said.content):
            self._said = Static(text, classes=kind, markup=False)
            await self.mount(self._said)

    def follow(self) -> None:
        """Go to the end and stay there while text comes, until the user scrolls up."""
        self.anchor()

    # -- the window on a long conversation

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """At an edge of the window, bring more."""
        super().watch_scroll_y(old_value, new_value)
        self._upwards = new_value < old_value
        if not self._moving:
            self._look_around()

    def _look_around(self) -> None:
        """At an edge of the window bring more, else see to the pieces that are near."""
        self._moving = True
        if self.scroll_y <= 1 and self._first > 0 and self._upwards:
            self.call_later(self._bring_earlier)
        elif self.scroll_y >= self.max_scroll_y - 1 and self._end < len(self._thread.messages):
            self.call_later(self._bring_later)
        else:
            self._moving = False
            self.call_later(self._tend)

    async def _bring_earlier(self) -> None:
        first = max(0, self._first - _PAGE)
        new = self._entries(first, self._first)
        self._first = first
        await self._keeping_place(lambda: self.mount_all(new, after=0), self._drop_later)

    async def _drop_later(self) -> None:
        """What is below goes once the place has been kept, which counts from the end."""
        over = self._end - self._first - _MOST
        if over > 0 and self.entries[-1].message_id == self._thread.messages[self._end - 1].id:
            await self.remove_children(self.entries[-over:])
            self._end -= over
        self._say_edges()
        self.call_after_refresh(self._settled)

    async def _bring_later(self) -> None:
        self.release_anchor()  # this end is none: what comes is not followed
        end = min(len(self._thread.messages), self._end + _PAGE)
        await self.mount_all(self._entries(self._end, end), before=self.query_one(".later"))
        self._end = end
        self.call_after_refresh(self._drop_earlier)

    async def _drop_earlier(self) -> None:
        """What is above goes once what came below has its height, from which the place counts."""
        over = self._end - self._first - _MOST
        self._say_edges()
        if over > 0:
            old = self.entries[:over]
            self._first += over
            await self._keeping_place(lambda: self.remove_children(old))
        else:
            self.call_after_refresh(self._settled)

    async def _keeping_place(
        self, change: Callable[[], Awaitable[None]], then: Callable[[], object] | None = None
    ) -> None:
        """Change what is above, and scroll so that what is seen stays where it is."""
        below = self.max_scroll_y - self.scroll_y
        await change()

        def put_back() -> None:
            self.scroll_to(y=self.max_scroll_y - below, animate=False)
            self.call_after_refresh(then or self._settled)

        self.call_after_refresh(put_back)

    def _settled(self) -> None:
        """Also who has scrolled to an edge meanwhile gets more."""
        self._moving = False
        self._look_around()

    def _entries(self, first: int, end: int) -> list[Entry]:
        places = self._thread.places
        return [Entry.of(m, places.get(m.id)) for m in self._thread.messages[first:end]]

    def _edge(self, name: str) -> Static:
        return Static("", classes=f"notice edge {name}", markup=False)

    def _say_edges(self) -> None:
        hidden = {"earlier": self._first, "later": len(self._thread.messages) - self._end}
        for name, count in hidden.items():
            for edge in self.query(f".{name}").results(Static):
                said = counted(count, f"{name} message")
                edge.update(f"{said}: scroll on for more." if count else "")
                edge.display = count > 0

    # -- long replies

    async def _tend(self) -> None:
        """Render the pieces of long replies that are near, and put the others to rest."""
        for entry in self.entries:
            await self._tend_one(entry)

    async def _tend_one(self, entry: Entry, ahead: int = 1) -> None:
        """`ahead`: so many screens before somebody can scroll there, a piece is rendered."""
        pieces = entry.pieces
        if len(pieces) < 2 and not any(piece.resting for piece in pieces):
            return
        height = self.size.height or 1
        top, bottom = self.scroll_y, self.scroll_y + height
        start = entry.virtual_region.y
        for piece in pieces:
            first, end = start + piece.virtual_region.y, start + piece.virtual_region.bottom
            begin, stop = int(top - ahead * height), int(bottom + ahead * height)
            if end < top - height or first > bottom + height:
                await piece.rest()
            elif piece.resting and end >= begin and first <= stop:
                if piece.long and await entry.split(piece, begin - first, stop - first):
                    self.call_after_refresh(self._tend)
                else:
                    piece.rise()

    @on(Segment.Made)
    async def _appear(self, event: Segment.Made) -> None:
        """A piece can be shown: what is seen stays where it is."""
        event.stop()
        above = event.segment.region.bottom <= self.region.y
        if above and self.scroll_y < self.max_scroll_y - 1:
            await self._keeping_place(event.segment.appear)
        else:
            await event.segment.appear()
