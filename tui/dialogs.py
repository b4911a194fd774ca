"""Questions that must be answered before going on: yes or no, a line, a longer text."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

_CSS = """
    align: center middle;
    background: $background 60%;
    #dialog {
        width: 64;
        max-width: 90%;
        height: auto;
        max-height: 90%;
        padding: 1 2;
        background: $surface;
        border: round $primary;
        border-title-style: bold;
    }
    .hint { color: $text-muted; margin-top: 1; }
    Input, TextArea { margin-top: 1; }
    OptionList { height: auto; max-height: 6; margin-top: 1; }
    TextArea { height: 8; }
"""


class Confirm(ModalScreen[bool]):
    """Yes or no; Escape is no."""

    DEFAULT_CSS = "Confirm {" + _CSS + "}"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, title: str, question: str) -> None:
        super().__init__()
        self._title = title
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        with Vertical(id="dialog") as box:
            box.border_title = self._title
            yield Static(self._question, markup=False)
            yield Static("y  yes     n  no", classes="hint", markup=False)

    def action_answer(self, yes: bool) -> None:
        """The user has decided."""
        self.dismiss(yes)


class Choose(ModalScreen[str | None]):
    """One of several things by its id; None when the user thinks better of it."""

    DEFAULT_CSS = "Choose {" + _CSS + "OptionList { max-height: 20; } }"
    BINDINGS = [Binding("escape", "leave", "Cancel")]  # noqa: RUF012  # as Textual declares it

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], chosen: str) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """(id, label) of each, the one in force highlighted."""
        with Vertical(id="dialog") as box:
            box.border_title = self._title
            yield OptionList(*[Option(Content(label), id=id_) for id_, label in self._choices])
            yield Static("Enter  choose     Esc  leave it", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Begin at what is in force."""
        options = self.query_one(OptionList)
        ids = [id_ for id_, _ in self._choices]
        options.highlighted = ids.index(self._chosen) if self._chosen in ids else 0

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """Done."""
        self.dismiss(event.option_id)

    def action_leave(self) -> None:
        """Nothing changes."""
        self.dismiss(None)


class AskLine(ModalScreen[str | None]):
    """One line of text; None when the user thinks better of it."""

    DEFAULT_CSS = "AskLine {" + _CSS + "}"
    BINDINGS = [Binding("escape", "leave", "Cancel")]  # noqa: RUF012  # as Textual declares it

    def __init__(self, title: str, about: str, text: str = "") -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._text = text

    def compose(self) -> ComposeResult:
        """What it is about, and the line."""
        with Vertical(id="dialog") as box:
            box.border_title = self._title
            yield Static(self._about, markup=False)
            yield Input(self._text)
            yield Static("Enter  keep     Esc  leave it", classes="hint", markup=False)

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Done."""
        self.dismiss(event.value.strip() or None)

    def action_leave(self) -> None:
        """Nothing changes."""
        self.dismiss(None)


class AskSystem(ModalScreen[str | None]):
    """The system text of a conversation, its own or one of the personas; None: as it was."""

    DEFAULT_CSS = "AskSystem {" + _CSS + "}"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("ctrl+s", "keep", "Keep", priority=True),
        Binding("escape", "leave", "Cancel"),
    ]

    def __init__(self, text: str, personas: dict[str, str]) -> None:
        super().__init__()
        self._text = text
        self._personas = personas

    def compose(self) -> ComposeResult:
        """Personas to choose from, and the text."""
        with Vertical(id="dialog") as box:
            box.border_title = "System text of this conversation"
            if self._personas:
                yield OptionList(*[Option(name, id=name) for name in self._personas])
            else:
                about = "Text files in the folder config/personas can be chosen here."
                yield Static(about, classes="hint", markup=False)
            yield TextArea(self._text)
            keys = "Ctrl+S  keep     Esc  leave it     empty: as in the settings"
            yield Static(keys, classes="hint", markup=False)

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(TextArea).focus()

    @on(OptionList.OptionSelected)
    def choose(self, event: OptionList.OptionSelected) -> None:
        """A persona's text, to be kept or changed first."""
        area = self.query_one(TextArea)
        area.text = self._personas[str(event.option_id)]
        area.focus()

    def action_keep(self) -> None:
        """Done."""
        self.dismiss(self.query_one(TextArea).text.strip())

    def action_leave(self) -> None:
        """Nothing changes."""
        self.dismiss(None)
