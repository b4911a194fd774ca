"""The same question to two generations, side by side; nothing of it is kept."""

from __future__ import annotations

from functools import partial

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message as Event
from textual.widgets import Input, Select, Static

from assistant.errors import ReverieError
from assistant.generations import BASE, Generation
from tui.answer_pane import AnswerPane
from tui.mode_screen import ModeScreen


class CompareScreen(ModeScreen):
    """A question, two models, two answers."""

    MODE = "compare"
    BINDINGS = [Binding("escape", "stop", "Stop")]  # noqa: RUF012  # as Textual declares it
    DEFAULT_CSS = """
    CompareScreen {
        #about { height: auto; padding: 1 2 0 2; color: $text-muted; }
        #error { height: auto; padding: 0 2; color: $text-error; display: none; }
        Input { margin: 0 1; border: round $primary 60%; background: $background; }
        Input:focus { border: round $primary; }
        #panes { height: 1fr; padding: 0 1; }
    }
    """
    asking = False

    class Said(Event):
        """One of the two has said something more."""

        def __init__(self, side: int, text: str) -> None:
            super().__init__()
            self.side = side
            self.text = text

    class Asked(Event):
        """Both have answered, or it went wrong."""

        def __init__(self, error: ReverieError | None) -> None:
            super().__init__()
            self.error = error

    def body(self) -> ComposeResult:
        """Question and panes."""
        about = "Only the weights speak: no notes and no history are in these prompts."
        yield Static(about, id="about", markup=False)
        yield Input(placeholder="Ask both of them something, then Enter")
        yield Static(id="error", markup=False)
        with Horizontal(id="panes"):
            yield AnswerPane()
            yield AnswerPane()

    def on_mount(self) -> None:
        """Ready to type."""
        super().on_mount()
        self.query_one(Input).focus()

    def on_screen_resume(self) -> None:
        """There may be another generation."""
        self.background(self._usable, self.offer)

    def _usable(self) -> list[Generation]:
        return [each for each in self.session.generations.list() if each.usable]

    def offer(self, usable: list[Generation]) -> None:
        """The base against the served one, unless the user has chosen."""
        names = [(_name(each), each.id) for each in reversed(usable)]
        served = next((each.id for each in usable if each.status == "current"), BASE)
        panes = list(self.query(AnswerPane))
        for pane, first in zip(panes, (BASE, served), strict=True):
            pane.offer(names, first)

    def complain(self, error: ReverieError) -> object:
        """Under the question."""
        line = self.query_one("#error", Static)
        line.update(str(error))
        line.display = True
        return None

    @on(Input.Submitted)
    def ask(self, event: Input.Submitted) -> None:
        """Ask both, one after the other."""
        question = event.value.strip()
        if not question:
            return
        if self.asking:
            self.notify("They are still answering; Esc stops them.", timeout=3)
            return
        self.asking = True
        self.query_one("#error").display = False
        chosen = []
        for pane in self.query(AnswerPane):
            pane.begin()
            chosen.append(pane.query_one(Select).value)
        self._ask(question, [each for each in chosen if isinstance(each, int)])

    @work(thread=True, group="ask")
    def _ask(self, question: str, generations: list[int]) -> None:
        error: ReverieError | None = None
        try:
            for side, piece in self.session.ask(generations, question):
                self.post_message(self.Said(side, piece))
        except ReverieError as failed:
            error = failed
        self.post_message(self.Asked(error))

    @on(Said)
    def hear(self, said: Said) -> None:
        """More of an answer."""
        list(self.query(AnswerPane))[said.side].write(said.text)

    @on(Asked)
    def end(self, asked: Asked) -> None:
        """Ready for another question."""
        self.asking = False
        for pane in self.query(AnswerPane):
            pane.end()
        if asked.error is not None:
            self.call_later(partial(self.complain, asked.error))

    def action_stop(self) -> None:
        """Enough."""
        self.session.stop_asking()
        self.query_one(Input).focus()


def _name(generation: Generation) -> str:
    name = "base model" if generation.id == BASE else f"generation {generation.id}"
    return f"{name} (served)" if generation.status == "current" else name
