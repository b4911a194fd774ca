"""Full-text search over everything on the record; choosing a hit jumps to its message."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as Event
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from assistant.errors import ReverieError
from assistant.journal import Hit
from tui import when
from tui.session import Session


class SearchScreen(ModalScreen[Hit | None]):
    """Words on top, hits below, best first."""

    DEFAULT_CSS = """
    SearchScreen {
        align: center top;
        background: $background 60%;
        #search {
            width: 90%;
            max-width: 100;
            height: 80%;
            margin-top: 2;
            background: $surface;
            border: round $primary;
            padding: 0 1;
        }
        OptionList { height: 1fr; border: none; background: $surface; margin-top: 1; }
        #about { color: $text-muted; padding: 0 1; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("escape", "leave", "Close"),
        Binding("down", "move(1)", "Next", show=False, priority=True),
        Binding("up", "move(-1)", "Previous", show=False, priority=True),
    ]

    class Found(Event):
        """What the journal has for the words."""

        def __init__(self, words: str, hits: list[Hit], error: str) -> None:
            super().__init__()
            self.words = words
            self.hits = hits
            self.error = error

    def __init__(self, session: Session, words: str = "") -> None:
        super().__init__()
        self._session = session
        self._words = words
        self._hits: list[Hit] = []

    def compose(self) -> ComposeResult:
        """Input, hits, and what they are."""
        with Vertical(id="search") as box:
            box.border_title = "Search everything that was said"
            yield Input(self._words, placeholder='words, "a phrase", begin*')
            yield OptionList()
            yield Static("", id="about", markup=False)

    @on(Input.Changed)
    def look(self, event: Input.Changed) -> None:
        """Search while typing."""
        self._words = event.value
        self._look(event.value)

    @work(thread=True, exclusive=True, group="search")
    def _look(self, words: str) -> None:
        try:
            hits, error = self._session.journal.search(words, limit=100), ""
        except ReverieError as failed:
            hits, error = [], str(failed)
        self.post_message(self.Found(words, hits, error))

    @on(Found)
    def show(self, found: Found) -> None:
        """The hits, unless more was typed meanwhile."""
        if found.words != self._words:
            return
        self._hits = found.hits
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_label(hit)) for hit in found.hits])
        if found.hits:
            options.highlighted = 0
        nothing = "Nothing on the record has these words." if found.words.strip() else ""
        count = f"{len(found.hits)} found; Enter jumps there" if found.hits else nothing
        self.query_one("#about", Static).update(found.error or count)

    @on(Input.Submitted)
    def take(self) -> None:
        """Jump to the highlighted one."""
        index = self.query_one(OptionList).highlighted
        if index is not None and index < len(self._hits):
            self.dismiss(self._hits[index])

    @on(OptionList.OptionSelected)
    def click(self, event: OptionList.OptionSelected) -> None:
        """Jump to the one that was clicked."""
        self.dismiss(self._hits[event.option_index])

    def action_move(self, step: int) -> None:
        """Choose with the arrows while the words keep the focus."""
        options = self.query_one(OptionList)
        if step < 0:
            options.action_cursor_up()
        else:
            options.action_cursor_down()

    def action_leave(self) -> None:
        """Back to where one was."""
        self.dismiss(None)


def _label(hit: Hit) -> Content:
    who = "You" if hit.message.role == "user" else "Reverie"
    title = hit.title or "(no title)"
    parts: list[str | tuple[str, str]] = [
        (f"{who} · {when.moment(hit.message.created)} · {title}", "$quiet"),
        "\n",
    ]
    for index, piece in enumerate(" ".join(hit.snippet.split()).split("[")):
        marked, closed, rest = piece.partition("]")
        if index and closed:
            parts += [(marked, "bold $accent"), rest]
        else:
            parts.append(piece)
    return Content.assemble(*parts)
