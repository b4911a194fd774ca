"""An engine without a model: it says what the test queued, and remembers what it was asked."""

import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import cast

from assistant.engine import Engine, Sampling, Stats
from assistant.prompt import ChatMessage


class FakePrompt:
    """Renders messages as plain lines."""

    def render(self, messages: Sequence[ChatMessage], add_generation_prompt: bool = True) -> str:
        return "\n".join(f"{message.role}: {message.content}" for message in messages)


class FakeReply(Iterator[str]):
    """Yields queued pieces; before a piece that is an Event, waits for it (or for stop)."""

    def __init__(self, engine: "FakeEngine", pieces: list["str | threading.Event | Exception"]):
        self.stats = Stats(prompt_tokens=10, reply_tokens=len(pieces), ttft_s=0.25)
        self.stats.tokens_per_s = 78.0
        self._engine = engine
        self._pieces = iter(pieces)

    def __enter__(self) -> "FakeReply":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.open_replies -= 1
        if self.stats.finish == "running":
            self.stats.finish = "stopped"

    def __next__(self) -> str:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, threading.Event):
                while not (piece.wait(0.005) or self._engine.stop_asked.is_set()):
                    pass
                if self._engine.stop_asked.is_set():
                    self.stats.finish = "stopped"
                    raise StopIteration
                continue
            return piece
        self.stats.finish = "end"
        raise StopIteration


class FakeEngine:
    """`replies` holds one list of pieces per call; a string is split at its spaces."""

    def __init__(self, *replies: "str | list[str | threading.Event | Exception]", n_ctx: int = 512):
        self.replies = list(replies)
        self.n_ctx = n_ctx
        self.prompt = FakePrompt()
        self.asked: list[list[ChatMessage]] = []
        self.samplings: list[Sampling] = []
        self.stop_asked = threading.Event()
        self.open_replies = 0
        self.closed = False

    def as_engine(self) -> Engine:
        return cast(Engine, self)

    def count(self, text: str) -> int:
        return len(text.split())

    def stream(self, messages: list[ChatMessage], sampling: Sampling) -> FakeReply:
        self.asked.append(messages)
        self.samplings.append(sampling)
        self.stop_asked.clear()
        self.open_replies += 1
        reply = self.replies.pop(0)
        if isinstance(reply, str):
            return FakeReply(self, [word + " " for word in reply.split()])
        return FakeReply(self, reply)

    def stop(self) -> None:
        self.stop_asked.set()

    def close(self) -> None:
        self.closed = True
