"""The chat screen: transcript, input and status line, and the turn that moves between them.

Whatever can take time runs in worker threads, which send what happened as messages; the widgets
are touched by the screen only. So typing never waits, neither for the model nor for the disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message as Event
from textual.widgets import TextArea

from assistant.errors import ReverieError
from assistant.journal import shelf
from assistant.journal.drafts import draft, save_draft
from tui.chat_actions import ChatActions
from tui.composer import Composer
from tui.entry import Entry
from tui.segment import AT_ONCE
from tui.session import Noted, Served, Swapped, Thread
from tui.sidebar import Sidebar
from tui.slash import parse, suggest
from tui.status_line import StatusLine
from tui.suggestions import Suggestions
from tui.tokens import Tokens
from tui.transcript import Transcript

if TYPE_CHECKING:
    from assistant.turn import TurnEvent

_DRAFT_AFTER_S: Final = 0.5
"""Typing rests for so long before the draft is written; a crash takes no more than that."""

_POUR_S: Final = 0.04
"""More of a reply is shown no sooner than this after the last of it."""
_MUCH_S: Final = 0.25
"""The same where it comes faster than anybody reads."""

Turn = Callable[[], "Iterator[TurnEvent | Swapped | Noted]"]


@dataclass(frozen=True)
class _Said:
    """A message on its way, as things stood when it was sent."""

    text: str
    off_record: bool
    instead_of: int | None = None


class ChatScreen(ChatActions):
    """One conversation."""

    MODE = "talk"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("escape", "stop", "Stop", priority=True),
        Binding("ctrl+f", "search", "Search"),
        Binding("ctrl+b", "sidebar", "Chats"),
        Binding("ctrl+up", "choose(-1)", "Messages", priority=True, show=False),
        Binding("pageup", "page(-1)", "Scroll", priority=True, show=False),
        Binding("pagedown", "page(1)", "Scroll", priority=True, show=False),
        Binding("ctrl+end", "to_end", "To the end", priority=True, show=False),
    ]
    DEFAULT_CSS = """
    ChatScreen { #talk { width: 1fr; } #middle { height: 1fr; } }
    """

    class ModelReady(Event):
        """The model is loaded."""

        def __init__(self, served: Served) -> None:
            super().__init__()
            self.served = served

    class Progress(Event):
        """Something happened in the turn."""

        def __init__(self, event: TurnEvent | Swapped | Noted) -> None:
            super().__init__()
            self.event = event

    class TurnEnded(Event):
        """The turn is over, with an error or without; the branch as it is now."""

        def __init__(self, error: ReverieError | None, thread: Thread | None) -> None:
            super().__init__()
            self.error = error
            self.thread = thread

    class Failed(Event):
        """Journal or model could not be opened."""

        def __init__(self, error: ReverieError) -> None:
            super().__init__()
            self.error = error

    served: Served | None = None
    _tokens: Tokens
    _queued: _Said | None = None
    _failed = False
    """There is no model, for a reason that has been shown."""
    _saying: _Said | None = None
    """What is not in the journal yet."""
    _off_record = False
    _reply: Entry | None = None
    _drafting = 0
    _pouring = False

    def body(self) -> ComposeResult:
        """Conversations beside the transcript and the input."""
        with Horizontal(id="middle"):
            yield Sidebar()
            with Vertical(id="talk"):
                yield Transcript()
                yield Suggestions()
                yield Composer(self.session.settings.tui.send_key)

    def on_mount(self) -> None:
        """Start loading once the first paint is done."""
        super().on_mount()
        self._tokens = Tokens()
        self.query_one(Composer).focus()
        self.call_after_refresh(self._load)

    # -- what is said

    async def action_send(self) -> None:
        """Start a turn with what was typed; before the model is there, keep it until then."""
        composer = self.query_one(Composer)
        command = parse(composer.text)
        if command is not None:
            await self.run_slash(*command)
            return
        parts = [composer.text.strip(), *(each.as_message() for each in composer.attachments)]
        said = _Said("\n\n".join(filter(None, parts)), composer.off_record, composer.editing)
        if not said.text or self.not_yet(self.action_send):
            return
        self.busy = True
        self._off_record = said.off_record
        composer.done()
        transcript = self.query_one(Transcript)
        if said.instead_of is not None:
            await self.cut_from(said.instead_of)
        await transcript.add(Entry("user", said.text, off_record=said.off_record))
        transcript.follow()
        if self.served is not None:
            self._say(said)
            return
        self._queued = said
        if self._failed:  # what was wrong may have been mended meanwhile
            self._failed = False
            self._load_model()

    def _say(self, said: _Said) -> None:
        self._saying = said
        self._turn(lambda: self.session.turn(said.text, said.off_record, said.instead_of))

    async def answer_again(self, message: int) -> None:
        """Have a message answered once more; its old reply stays as a branch."""
        self.busy = True
        self.query_one(Transcript).follow()
        self._turn(lambda: self.session.again(message))

    @on(Progress)
    async def show_progress(self, message: Progress) -> None:
        """Put what the turn does on the screen."""
        from assistant.turn import Finished, Started, Token, Trimmed

        transcript, event = self.query_one(Transcript), message.event
        if isinstance(event, Token):
            if not self._pouring:
                self._pouring = True
                await self._pour()
        elif isinstance(event, Started):
            self._reply = await transcript.add(Entry("assistant", off_record=self._off_record))
        elif isinstance(event, Noted):
            self._saying = None
        elif isinstance(event, Trimmed):
            await transcript.say(
                f"The first {event.messages} messages of this conversation no longer fit "
                "into the model's window."
            )
        elif isinstance(event, Swapped):
            self._show_served(event.served)
            await transcript.say(f"Generation {event.served.generation} answers from now on.")
        elif isinstance(event, Finished):
            await self._end_reply("stopped" if event.stopped else "complete")
            self.replied = True
            self._show_figures(event)

    async def _pour(self) -> None:
        """Put what has come of the reply on the screen; what comes meanwhile waits for its turn."""
        text = self._tokens.text()
        if self._reply is None or not text:
            self._pouring = False
            return
        began = time.monotonic()
        await self.query_one(Transcript).write(self._reply, text)
        rest = _MUCH_S if text.count("\n") > AT_ONCE else _POUR_S
        self.call_after_refresh(self._poured, began, rest)

    def _poured(self, began: float, rest: float) -> None:
        """Leave the thread alone for twice the time that it took: keys are to find it idle."""
        self.set_timer(max(rest, 2 * (time.monotonic() - began)), self._pour)

    async def _end_reply(self, state: str) -> None:
        if self._reply is not None:
            reply, self._reply = self._reply, None
            await self.query_one(Transcript).write(reply, self._tokens.text())
            await reply.finish(state)

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
        await self._end_reply("interrupted")
        transcript, unsaid = self.query_one(Transcript), self._saying
        self._saying = None
        if unsaid is not None:
            await self._give_back(unsaid, message.thread)
        elif message.thread is not None:
            transcript.settle(message.thread)
        if message.error is not None:
            await transcript.say(str(message.error), "error")
        self.busy = self.replied = False
        self.list_conversations()
        self.reverie.feel()
        afterwards, self.afterwards = self.afterwards, None
        if afterwards is not None:
            await afterwards()

    async def _give_back(self, said: _Said, thread: Thread | None) -> None:
        """It could not even be noted down: back into the line with it."""
        transcript, composer = self.query_one(Transcript), self.query_one(Composer)
        if thread is not None:
            await transcript.show(thread)
        else:
            await transcript.cut(transcript.entries[-1])
        if said.instead_of is None or composer.text:
            composer.give_back(said.text)
        else:
            composer.begin_editing(said.instead_of, said.text)

    # -- what is loaded

    async def show_first(self, loaded: tuple[Thread, str, list[str]]) -> None:
        """The last conversation and its draft, unless the user has begun to talk already."""
        thread, text, typed = loaded
        composer = self.query_one(Composer)
        composer.remember(typed)
        if not self.busy:
            await self.query_one(Transcript).show(thread)
            if not composer.text:
                composer.put(text)
        self.fit_sidebar()
        self.list_conversations()
        self.reverie.feel()

    @on(ModelReady)
    def begin(self, message: ModelReady) -> None:
        """Answer what was sent while the model was loading."""
        self._show_served(message.served)
        if self._queued is not None:
            queued, self._queued = self._queued, None
            self._say(queued)

    def _show_served(self, served: Served) -> None:
        self.served = served
        self.reverie.model_name = f"generation {served.generation}"

    @on(Failed)
    async def show_failure(self, message: Failed) -> None:
        """Without a model nothing can be answered: say why, and give the text back."""
        transcript, said = self.query_one(Transcript), self._queued
        if said is not None:
            await transcript.cut(transcript.entries[-1])
            self.query_one(Composer).give_back(said.text)
            self._queued = None
        self.reverie.model_name = "no model"
        self._failed = True
        self.busy = False
        await transcript.say(str(message.error), "error")

    # -- typing

    @on(TextArea.Changed)
    def typed(self) -> None:
        """Offer how a command can go on, and keep the draft."""
        composer = self.query_one(Composer)
        self.query_one(Suggestions).show(suggest(composer.text, self.persona_names, Path.cwd()))
        self._drafting += 1
        self.set_timer(_DRAFT_AFTER_S, self.keep_draft)

    def keep_draft(self) -> None:
        """Write the draft down once typing rests; off the record there is none on disk."""
        self._drafting -= 1
        composer = self.query_one(Composer)
        if self._drafting or composer.editing is not None:
            return
        text = "" if composer.off_record else composer.text
        place = self.session.conversation or 0
        self.background(lambda: save_draft(self.session.journal, place, text), lambda _: None)

    # -- worker threads

    @work(thread=True, group="load")
    def _load(self) -> None:
        try:
            thread = self.session.last_thread()
            journal = self.session.journal
            loaded = (thread, draft(journal, thread.conversation or 0), shelf.typed(journal))
            self.persona_names = list(self.session.personas())
            self.post_message(self.Done(self.show_first, loaded, None))
        except ReverieError as error:
            self.post_message(self.Failed(error))
        else:
            self._open_model()

    @work(thread=True, group="load")
    def _load_model(self) -> None:
        self._open_model()

    def _open_model(self) -> None:
        try:
            self.post_message(self.ModelReady(self.session.open_model()))
        except ReverieError as error:
            self.post_message(self.Failed(error))

    @work(thread=True, group="turn")
    def _turn(self, turn: Turn) -> None:
        error: ReverieError | None = None
        thread: Thread | None = None
        try:
            for event in turn():
                if self._tokens.take(event):
                    self.post_message(self.Progress(event))
        except ReverieError as failed:
            error = failed
        try:
            thread = self.session.thread()
        except ReverieError as failed:
            error = error or failed
        self.post_message(self.TurnEnded(error, thread))
