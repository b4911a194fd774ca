"""The chat screen: transcript, input and status line, and the turn that moves between them.

Whatever can take time runs in worker threads, which send what happened as messages; the widgets
are touched by the screen only. So typing never waits, neither for the model nor for the disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message as Event
from textual.screen import Screen
from textual.widgets import Footer

from assistant.errors import ReverieError
from assistant.journal import Message
from tui.composer import Composer
from tui.entry import Entry
from tui.session import Served, Session, Swapped
from tui.status_line import StatusLine
from tui.transcript import Transcript

if TYPE_CHECKING:
    from assistant.turn import TurnEvent

_NIGHT_POLL_S = 5.0


@dataclass(frozen=True)
class _Said:
    """A message on its way, with the off-the-record switch as it stood when it was sent."""

    text: str
    off_record: bool


class ChatScreen(Screen[None]):
    """One conversation."""

    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("escape", "stop", "Stop", priority=True),
        Binding("pageup", "page(-1)", "Scroll", priority=True, show=False),
        Binding("pagedown", "page(1)", "Scroll", priority=True, show=False),
        Binding("ctrl+end", "to_end", "To the end", priority=True, show=False),
    ]

    class HistoryLoaded(Event):
        """The journal is open; these are the messages of the last conversation."""

        def __init__(self, messages: list[Message]) -> None:
            super().__init__()
            self.messages = messages

    class ModelReady(Event):
        """The model is loaded."""

        def __init__(self, served: Served) -> None:
            super().__init__()
            self.served = served

    class Progress(Event):
        """Something happened in the turn."""

        def __init__(self, event: TurnEvent | Swapped) -> None:
            super().__init__()
            self.event = event

    class TurnEnded(Event):
        """The turn is over, with an error or without."""

        def __init__(self, error: ReverieError | None) -> None:
            super().__init__()
            self.error = error

    class Failed(Event):
        """Journal or model could not be opened."""

        def __init__(self, error: ReverieError) -> None:
            super().__init__()
            self.error = error

    class NightSeen(Event):
        """A night is running (its number), or none."""

        def __init__(self, night: int | None) -> None:
            super().__init__()
            self.night = night

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.served: Served | None = None
        self.busy = False
        self._queued: _Said | None = None
        self._off_record = False
        self._reply: Entry | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Transcript()
        yield Composer()
        yield StatusLine()
        yield Footer()

    def on_mount(self) -> None:
        """Start loading once the first paint is done."""
        self.query_one(Composer).focus()
        self.call_after_refresh(self._load)

    # -- what is said

    async def action_send(self) -> None:
        """Start a turn with what was typed; before the model is there, keep it until then."""
        composer = self.query_one(Composer)
        said = _Said(composer.text.strip(), composer.off_record)
        if not said.text:
            return
        if self.busy:
            self.notify("The reply is still being written; Esc stops it.", timeout=3)
            return
        self.busy = True
        self._off_record = said.off_record
        composer.clear()
        transcript = self.query_one(Transcript)
        await transcript.add(Entry("user", said.text, off_record=said.off_record))
        transcript.follow()
        if self.served is None:
            self._queued = said
        else:
            self._turn(said)

    @on(Progress)
    async def show_progress(self, message: Progress) -> None:
        """Put what the turn does on the screen."""
        from assistant.turn import Finished, Started, Token, Trimmed

        transcript, event = self.query_one(Transcript), message.event
        if isinstance(event, Token) and self._reply is not None:
            await self._reply.write(event.text)
        elif isinstance(event, Started):
            self._reply = await transcript.add(Entry("assistant", off_record=self._off_record))
        elif isinstance(event, Trimmed):
            await transcript.say(
                f"The first {event.messages} messages of this conversation no longer fit "
                "into the model's window."
            )
        elif isinstance(event, Swapped):
            self._show_served(event.served)
            await transcript.say(f"Generation {event.served.generation} answers from now on.")
        elif isinstance(event, Finished) and self._reply is not None:
            await self._reply.finish("stopped" if event.stopped else "complete")
            self._reply = None
            self._show_figures(event)

    def _show_figures(self, event: TurnEvent) -> None:
        from assistant.turn import Finished

        if isinstance(event, Finished) and self.served is not None:
            stats = event.stats
            self.query_one(StatusLine).show_reply(
                stats.tokens_per_s,
                stats.ttft_s,
                stats.prompt_tokens + stats.reply_tokens,
                self.served.n_ctx,
            )

    @on(TurnEnded)
    async def end_turn(self, message: TurnEnded) -> None:
        """Ready for the next message; an error is shown where it happened."""
        if self._reply is not None:
            await self._reply.finish("interrupted")
            self._reply = None
        if message.error is not None:
            await self.query_one(Transcript).say(str(message.error), "error")
        self.busy = False

    # -- what is loaded

    @on(HistoryLoaded)
    async def show_history(self, message: HistoryLoaded) -> None:
        """The last conversation, unless the user has begun to talk already."""
        self._look_for_night()
        self.set_interval(_NIGHT_POLL_S, self._look_for_night)
        if not self.busy:
            await self.query_one(Transcript).show(message.messages)

    @on(ModelReady)
    def begin(self, message: ModelReady) -> None:
        """Answer what was sent while the model was loading."""
        self._show_served(message.served)
        if self._queued is not None:
            queued, self._queued = self._queued, None
            self._turn(queued)

    def _show_served(self, served: Served) -> None:
        self.served = served
        self.query_one(StatusLine).state = f"awake · generation {served.generation}"

    @on(Failed)
    async def show_failure(self, message: Failed) -> None:
        """Without a model nothing can be answered: say why, and give the text back."""
        await self.query_one(Transcript).say(str(message.error), "error")
        self.query_one(StatusLine).state = "no model"
        if self._queued is not None:
            self.query_one(Composer).text, self._queued = self._queued.text, None
        self.busy = False

    @on(NightSeen)
    def show_night(self, message: NightSeen) -> None:
        """A night runs in its own process; talking goes on."""
        self.query_one(StatusLine).night = message.night

    # -- keys

    def action_stop(self) -> None:
        """End the reply where it is."""
        if self.busy:
            self.session.stop()

    async def action_new(self) -> None:
        """A new conversation, once the current reply has ended."""
        if self.busy:
            self.notify("The reply is still being written; Esc stops it.", timeout=3)
            return
        self.session.conversation = None
        self.query_one(StatusLine).figures = ""
        await self.query_one(Transcript).show([])

    def action_off_record(self) -> None:
        """Talk off the record, or on it again, from the next message on."""
        composer = self.query_one(Composer)
        composer.off_record = not composer.off_record
        self.query_one(StatusLine).off_record = composer.off_record

    def action_page(self, direction: int) -> None:
        """Scroll the transcript by a page; the input keeps the focus."""
        transcript = self.query_one(Transcript)
        if direction < 0:
            transcript.scroll_page_up(animate=False)
        else:
            transcript.scroll_page_down(animate=False)

    def action_to_end(self) -> None:
        """Follow the conversation again."""
        self.query_one(Transcript).follow()

    # -- worker threads

    @work(thread=True, group="load")
    def _load(self) -> None:
        try:
            self.post_message(self.HistoryLoaded(self.session.open_journal()))
            self.post_message(self.ModelReady(self.session.open_model()))
        except ReverieError as error:
            self.post_message(self.Failed(error))

    @work(thread=True, group="nights", exclusive=True)
    def _look_for_night(self) -> None:
        self.post_message(self.NightSeen(self.session.night_running()))

    @work(thread=True, group="turn")
    def _turn(self, said: _Said) -> None:
        error: ReverieError | None = None
        try:
            for event in self.session.turn(said.text, said.off_record):
                self.post_message(self.Progress(event))
        except ReverieError as failed:
            error = failed
        self.post_message(self.TurnEnded(error))
