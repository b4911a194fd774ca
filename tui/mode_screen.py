"""What every screen has: the bar on top, the status line and the keys at the bottom."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message as Event
from textual.screen import Screen
from textual.widgets import Footer

from assistant.errors import ReverieError
from tui.pulse import Pulse
from tui.session import Session
from tui.status_line import StatusLine
from tui.top_bar import TopBar

if TYPE_CHECKING:
    from tui.app import ReverieApp


T = TypeVar("T")

_WIDE: Final = 100
"""Columns from which there is room to spare."""


class ModeScreen(Screen[None]):
    """One of the places of the top bar.

    Whatever can take time goes through `background`: a thread does the work, a message brings the
    result, and the widgets are touched by the screen only. So nothing ever blocks the input.
    """

    class Done(Event):
        """Work in the background has ended, with a result for `then` or with an error."""

        def __init__(
            self, then: Callable[[Any], object], result: Any, error: ReverieError | None
        ) -> None:
            super().__init__()
            self.then = then
            self.result = result
            self.error = error

    MODE: ClassVar[str]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide"), (140, "-very-wide")]  # noqa: RUF012  # as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-high")]  # noqa: RUF012  # as Textual has it

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def reverie(self) -> ReverieApp:
        """The application."""
        return cast("ReverieApp", self.app)

    def compose(self) -> ComposeResult:
        """The frame; what is in it comes from `body`."""
        yield TopBar(self.MODE)
        yield from self.body()
        yield StatusLine()
        yield Footer(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The widgets between the bars."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follow the pulse, and the model's name, which the app knows."""
        line = self.query_one(StatusLine)
        line.pulse = self.reverie.pulse
        line.model = self.reverie.model_name
        self.watch(self.app, "pulse", self._feel, init=False)
        self.watch(self.app, "model_name", self._rename_model, init=False)

    @on(Resize)
    def _fit_footer(self) -> None:
        self.query_one(Footer).compact = self.size.width < _WIDE

    def _feel(self, pulse: Pulse) -> None:
        self.query_one(StatusLine).pulse = pulse
        self.felt(pulse)

    def _rename_model(self, name: str) -> None:
        self.query_one(StatusLine).model = name

    def felt(self, pulse: Pulse) -> None:
        """The pulse has been taken; for screens that show more of it."""

    def background(
        self, work: Callable[[], T], then: Callable[[T], object], group: str = "background"
    ) -> None:
        """Do `work` in a thread, then call `then` (which may be a coroutine) with its result.

        A ReverieError goes to `complain` instead.
        """

        def run() -> None:
            try:
                done = self.Done(then, work(), None)
            except ReverieError as error:
                done = self.Done(then, None, error)
            self.post_message(done)

        self.run_worker(run, thread=True, group=group)

    @on(Done)
    async def _take_up(self, done: Done) -> None:
        shown = self.complain(done.error) if done.error else done.then(done.result)
        if inspect.isawaitable(shown):
            await shown

    def complain(self, error: ReverieError) -> object:
        """Say what went wrong, where it happened."""
        self.notify(str(error), severity="error", timeout=10, markup=False)
        return None
