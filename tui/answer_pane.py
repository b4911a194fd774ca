"""One of the two answers, and the model that gives it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Select, Static


class AnswerPane(Vertical):
    """A choice of generations above an answer."""

    DEFAULT_CSS = """
    AnswerPane {
        width: 1fr;
        height: 1fr;
        padding: 0 1 0 0;
        Select { margin: 0; }
        VerticalScroll { border: round $border; padding: 0 1; }
        VerticalScroll:focus { border: round $primary; }
        Static { height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.answer = ""

    def compose(self) -> ComposeResult:
        """Choice and answer."""
        yield Select[int]([], prompt="choose a generation", compact=False)
        with VerticalScroll():
            yield Static(markup=False)

    def offer(self, names: Sequence[tuple[str, int]], first: int) -> None:
        """What can be chosen; `first` is, unless something is already."""
        select: Select[int] = self.query_one(Select)
        ids = [number for _, number in names]
        chosen = select.value if select.value in ids else first
        select.set_options(names)
        if chosen in ids:
            select.value = chosen

    def begin(self) -> None:
        """A new question."""
        self.answer = ""
        self._show("…")

    def write(self, text: str) -> None:
        """More of the answer."""
        self.answer += text
        self._show(self.answer)

    def end(self) -> None:
        """It has answered."""
        self._show(self.answer.strip() or "(nothing)")

    def _show(self, text: str) -> None:
        self.query_one("VerticalScroll > Static", Static).update(text)
