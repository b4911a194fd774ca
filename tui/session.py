"""What the chat screen works on: journal, settings and served model, with no widget in sight.

Everything here may block (disk, model), so the screen calls it from worker threads. llama.cpp is
imported only here and only when the model is opened: the first paint does not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant import settings
from assistant.generations import Generation, Generations
from assistant.journal import Journal, Message
from assistant.journal.nights import nights
from assistant.paths import Paths

if TYPE_CHECKING:
    from assistant.engine import Engine
    from assistant.turn import TurnEvent

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


def open_engine(generation: Generation, model: settings.ModelSettings) -> Engine:
    """Load a generation's file with llama.cpp."""
    from assistant.engine import Engine

    return Engine(generation.gguf, model.n_ctx, model.n_threads, model.n_gpu_layers)


class Session:
    """One chat screen's journal and model. `open_engine` is replaced in tests."""

    def __init__(self, paths: Paths, open_engine: OpenEngine = open_engine) -> None:
        self.conversation: int | None = None
        self._paths = paths
        self._open_engine = open_engine
        self._journal: Journal | None = None
        self._engine: Engine | None = None
        self._served: Served | None = None
        self._stop_wanted = threading.Event()
        self._loading = threading.Lock()
        self._turning = threading.Lock()

    @property
    def journal(self) -> Journal:
        """The open journal."""
        assert self._journal is not None  # the screen calls open_journal first
        return self._journal

    def open_journal(self) -> list[Message]:
        """Open settings and journal; the messages of the conversation that was talked in last."""
        self._settings = settings.load(self._paths)
        self._journal = Journal.open(self._paths.journal)
        self._generations = Generations(self._paths, self.journal)
        self._generations.settle()
        sql = (
            "SELECT conversation_id FROM messages JOIN conversations"
            " ON conversations.id = messages.conversation_id WHERE origin = 'chat'"
            " ORDER BY messages.id DESC LIMIT 1"
        )
        with self.journal.reading() as db:
            row = db.execute(sql).fetchone()
        if row is None:
            return []
        self.conversation = int(row[0])
        leaf = self.journal.last_leaf(self.conversation)
        return [] if leaf is None else self.journal.thread(leaf)

    def open_model(self) -> Served:
        """Load the served generation, or the new one if it has changed; raises ReverieError."""
        with self._loading:
            current = self._generations.current()
            if self._served is None or self._served.generation != current.id:
                if self._engine is not None:
                    self._engine.close()
                    self._engine = self._served = None
                self._engine = self._open_engine(current, self._settings.model)
                self._served = Served(current.id, self._engine.n_ctx)
            return self._served

    def turn(self, text: str, off_record: bool) -> Generator[TurnEvent | Swapped]:
        """Say `text` in the open conversation, or in a new one; the events of the turn."""
        with self._turning:
            self._stop_wanted.clear()
            yield from self._turn(text, off_record)

    def _turn(self, text: str, off_record: bool) -> Generator[TurnEvent | Swapped]:
        from assistant.turn import Assistant, Started, run_turn, title_of

        before = self._served
        served = self.open_model()
        if before is not None and before != served:
            yield Swapped(served)
        if self.conversation is None:
            title = "" if off_record else title_of(text)
            self.conversation = self.journal.new_conversation(title)
        engine = self._engine
        assert engine is not None  # open_model has just seen to it
        who = Assistant(self.journal, engine, self._settings.chat, served.generation)
        for event in run_turn(who, self.conversation, text, off_record=off_record):
            if isinstance(event, Started) and self._stop_wanted.is_set():
                engine.stop()
            yield event

    def stop(self) -> None:
        """End the reply that is being made, or is about to be; from any thread."""
        self._stop_wanted.set()
        if self._engine is not None:
            self._engine.stop()

    def night_running(self) -> int | None:
        """The number of the night at work now, in its own process."""
        latest = nights(self.journal, limit=1)
        return latest[0].id if latest and latest[0].running else None

    def close(self) -> None:
        """Stop the running turn, wait for it, free the model and close the journal."""
        self.stop()
        with self._turning, self._loading:
            if self._engine is not None:
                self._engine.close()
                self._engine = None
            if self._journal is not None:
                self._journal.close()
                self._journal = None
