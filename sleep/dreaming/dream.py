"""A dream: a text of the model's own about some memories, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sleep.engines import Example

State = Literal["unsupported", "unselected", "unrewarded", "rewarded"]


@dataclass(frozen=True)
class Source:
    """A memory to dream about.

    text: its statement. subject: in the user's words ("my dog"); empty for what is about nobody in
    particular. words: the statement and all its lessons. expert: the one that holds it.
    """

    id: int
    text: str
    subject: str
    words: tuple[str, ...]
    expert: str


@dataclass(frozen=True)
class Topic:
    """What is dreamt about: one memory, or two that were never seen together."""

    sources: tuple[Source, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """Of its memories."""
        return tuple(source.id for source in self.sources)


@dataclass(eq=False)
class Dream:
    """One dream. `prompt` and `tokens` are the ids it was dreamt after and written in."""

    topic: Topic
    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    text: str
    round: int
    state: State = "unselected"
    reason: str = ""
    score: float | None = None
    memories: tuple[int, ...] = ()
    """Ids of the memories that support it; of all it was dreamt about, if none does."""
    lessons: list[Example] = field(default_factory=list)
    """The dream as knowledge: what a model that has dreamt it is taught."""

    def becomes(self, state: State, reason: str) -> None:
        """Note what became of it, and why."""
        self.state, self.reason = state, reason
