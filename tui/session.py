"""What the screens work on: journal, settings and served model, with no widget in sight.

Everything here may block (disk, model), so the screens call it from worker threads. llama.cpp is
imported only here and only when a model is opened: the first paint does not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant import settings
from assistant.generations import Generation, Generations
from assistant.journal import Journal, Message, branches, shelf
from assistant.journal.drafts import save_draft
from assistant.night_process import NightProcess
from assistant.paths import Paths
from tui import pulse
from tui.pulse import Pulse

if TYPE_CHECKING:
    from assistant.engine import Engine
    from assistant.turn import Assistant, TurnEvent

OpenEngine = Callable[[Generation, settings.ModelSettings], "Engine"]


@dataclass(frozen=True)
class Served:
    """The model that answers now."""

    generation: int
    n_ctx: int


@dataclass(frozen=True)
class Swapped:
    """Before this turn, another generation took over: a night had ended well, or a rollback."""

    served: Served


@dataclass(frozen=True)
class Noted:
    """The user's message is in the journal: whatever comes, it is not lost."""


@dataclass(frozen=True)
class Thread:
    """One branch of a conversation, from its beginning to its end."""

    conversation: int | None
    messages: list[Message]
    places: dict[int, tuple[int, int]]
    """Which of how many, for messages that have siblings."""


EMPTY = Thread(None, [], {})


def open_engine(generation: Generation, model: settings.ModelSettings) -> Engine:
    """Load a generation's file with llama.cpp."""
    from assistant.engine import Engine

    return Engine(generation.gguf, model.n_ctx, model.n_threads, model.n_gpu_layers)


class Session:
    """The journal and the models of one open application. `open_engine` is replaced in tests."""

    def __init__(self, paths: Paths, open_engine: OpenEngine = open_engine) -> None:
        self.paths = paths
        self.conversation: int | None = None
        self.leaf: int | None = None
        """The message that the next one follows."""
        self.system: str | None = None
        """The system text of a conversation that has not begun yet."""
        self.night: NightProcess | None = None
        """The night that was started from here last."""
        self._open_engine = open_engine
        self._journal: Journal | None = None
        self._engine: Engine | None = None
        self._asked: Engine | None = None
        self._served: Served | None = None
        self._opened: Path | None = None
        self._stop_wanted = threading.Event()
        self._stop_asking = threading.Event()
        self._opening = threading.Lock()
        self._loading = threading.Lock()
        self._turning = threading.Lock()

    @cached_property
    def settings(self) -> settings.Settings:
        """What the user has set; raises SettingsError."""
        return settings.load(self.paths)

    @property
    def journal(self) -> Journal:
        """The journal, opened at first use; raises ReverieError."""
        with self._opening:
            if self._journal is None:
                self._journal = Journal.open(self.paths.journal)
                Generations(self.paths, self._journal).settle()
            return self._journal

    @property
    def generations(self) -> Generations:
        """Every model there is."""
        return Generations(self.paths, self.journal)

    # -- conversations

    def last_thread(self) -> Thread:
        """Open the conversation that was talked in last."""
        listed = shelf.shelf(self.journal)
        chats = (each.id for each in listed if self.journal.conversation(each.id).origin == "chat")
        last = next(chats, None)
        return EMPTY if last is None else self.open(last)

    def open(self, conversation: int, through: int | None = None) -> Thread:
        """Open a conversation at its newest end, or at the newest end below message `through`."""
        if through is None:
            leaf = self.journal.last_leaf(conversation)
        else:
            leaf = branches.newest_leaf(self.journal, through)
        self.conversation, self.leaf, self.system = conversation, leaf, None
        return self.thread()

    def thread(self) -> Thread:
        """The open branch as it is now."""
        messages = [] if self.leaf is None else self.journal.thread(self.leaf)
        return Thread(self.conversation, messages, self.places(messages))

    def new(self) -> Thread:
        """Leave the open conversation; the next message begins another."""
        self.conversation = self.leaf = self.system = None
        return EMPTY

    def places(self, messages: list[Message]) -> dict[int, tuple[int, int]]:
        """Which of how many each message is, where it has siblings."""
        return branches.places(self.journal, [message.id for message in messages])

    def beside(self, message_id: int, step: int) -> Thread | None:
        """Walk to the sibling `step` places on from a message; None at the ends."""
        message = self.journal.message(message_id)
        row = branches.siblings(self.journal, message_id)
        index = row.index(message_id) + step
        if not 0 <= index < len(row):
            return None
        return self.open(message.conversation_id, row[index])

    def system_text(self) -> str:
        """The system text in force here."""
        own = self.system
        if self.conversation is not None:
            own = self.journal.conversation(self.conversation).system
        return self.settings.chat.system if own is None else own

    def set_system(self, text: str) -> None:
        """Give this conversation a system text of its own; an empty one: that of the settings."""
        if self.conversation is None:
            self.system = text or None
        else:
            shelf.set_system(self.journal, self.conversation, text or None)

    def personas(self) -> dict[str, str]:
        """System texts to choose from, by name."""
        files = sorted(self.paths.personas_dir.glob("*.txt"))
        return {file.stem: file.read_text(encoding="utf-8").strip() for file in files}

    # -- turns

    def open_model(self) -> Served:
        """Load the served generation, or the new one if it has changed; raises ReverieError."""
        with self._loading:
            current = self.generations.current()
            # The base may be another one now, and is generation 0 all the same.
            if self._served is None or self._opened != current.gguf:
                if self._engine is not None:
                    self._engine.close()
                    self._engine = self._served = None
                self._engine = self._open_engine(current, self.settings.model)
                self._opened = current.gguf
                self._served = Served(current.id, self._engine.n_ctx)
            return self._served

    def turn(
        self, text: str, off_record: bool, instead_of: int | None = None
    ) -> Generator[TurnEvent | Swapped | Noted]:
        """Say `text` in the open conversation, or in a new one; the events of the turn.

        `instead_of` is a message of the user to whose sibling the text becomes.
        """
        with self._turning:
            self._stop_wanted.clear()
            yield from self._model_events()
            place = self.conversation or 0
            if self.conversation is None:
                self.conversation = self._begin(text, off_record)
            parent = self.leaf
            if instead_of is not None:
                parent = self.journal.message(instead_of).parent_id
            message = self.journal.add_message(
                self.conversation, "user", text, parent_id=parent, off_record=off_record
            )
            self.leaf = message
            save_draft(self.journal, place, "")
            yield Noted()
            yield from self._answer(message)

    def again(self, reply: int) -> Generator[TurnEvent | Swapped]:
        """Answer the message before `reply` once more; the new reply becomes its sibling."""
        with self._turning:
            self._stop_wanted.clear()
            yield from self._model_events()
            message = self.journal.message(reply)
            asked = message.id if message.role == "user" else message.parent_id
            if asked is not None:
                yield from self._answer(asked)

    def _begin(self, text: str, off_record: bool) -> int:
        from assistant.turn import title_of

        title = "" if off_record else title_of(text)
        return self.journal.new_conversation(title, self.system)

    def _model_events(self) -> Generator[Swapped]:
        before = self._served
        served = self.open_model()
        if before is not None and before != served:
            yield Swapped(served)

    def _answer(self, message: int) -> Generator[TurnEvent]:
        from assistant.turn import Started, answer

        who = self._assistant()
        for event in answer(who, message):
            if isinstance(event, Started):
                self.leaf = event.reply_id
                if self._stop_wanted.is_set():
                    who.engine.stop()
            yield event

    def _assistant(self) -> Assistant:
        from assistant.turn import Assistant

        assert self._engine is not None  # open_model comes first
        assert self._served is not None
        return Assistant(self.journal, self._engine, self.settings.chat, self._served.generation)

    def stop(self) -> None:
        """End the reply that is being made, or is about to be; from any thread."""
        self._stop_wanted.set()
        if self._engine is not None:
            self._engine.stop()

    def ask(self, generations: Sequence[int], question: str) -> Generator[tuple[int, str]]:
        """What generations answer, one after the other, as (place in `generations`, some text).

        Nothing is in their prompt but the question, and nothing of it is kept. Always the likeliest
        token, so that the same file says the same again. `stop_asking` ends all of it.
        """
        self._stop_asking.clear()
        for place, generation in enumerate(generations):
            if self._stop_asking.is_set():
                return
            engine = self._open_engine(self.generations.get(generation), self.settings.model)
            self._asked = engine
            try:
                for piece in self._weights_alone(engine, question):
                    yield place, piece
            finally:
                self._asked = None
                engine.close()

    def _weights_alone(self, engine: Engine, question: str) -> Generator[str]:
        from assistant.engine import Sampling
        from assistant.prompt import build

        most = self.settings.chat.max_tokens
        room = engine.n_ctx - min(most, engine.n_ctx // 4)
        system, render = self.settings.chat.system, engine.prompt.render
        built = build(system, [], [], question, room, engine.count, render)
        with engine.stream(built.messages, Sampling.greedy(most)) as reply:
            yield from reply

    def stop_asking(self) -> None:
        """End what `ask` is doing; from any thread."""
        self._stop_asking.set()
        if self._asked is not None:
            self._asked.stop()

    # -- nights

    def pulse(self) -> Pulse:
        """Awake, drowsy or asleep."""
        ended = self.night is not None and self.night.ended() is not None
        taken = pulse.take(self.journal, self.settings.schedule)
        if ended and self.night is not None and taken.pid == self.night.pid:
            return pulse.take(self.journal, self.settings.schedule, ended=True)
        return taken

    def close(self) -> None:
        """Stop the running turn, wait for it, free the model and close the journal."""
        self.stop()
        self.stop_asking()
        with self._turning, self._loading, self._opening:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
            if self._journal is not None:
                self._journal.close()
                self._journal = None
