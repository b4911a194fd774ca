"""Whom and what memories are about, as a list to choose from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.journal.memories import Memory


@dataclass(frozen=True)
class Subject:
    """Somebody or something: "my sister", who has the name Nora."""

    key: str
    """As the user says it, without a name that follows."""
    names: tuple[str, ...]
    count: int
    """Memories that concern it."""

    @property
    def label(self) -> str:
        """As it is said to the user: "your sister (Nora)"."""
        own = self.names == (self.key,)
        named = f" ({', '.join(self.names)})" if self.names and not own else ""
        return addressed(self.key) + named

    def concerns(self, memory: Memory) -> bool:
        """Whether a memory is about it, or mentions it by name."""
        return _split(memory.subject)[0] == self.key or any(
            re.search(rf"\b{re.escape(name)}\b", memory.text) for name in self.names
        )


def addressed(subject: str) -> str:
    """A subject as it is said to the user."""
    if subject == "I":
        return "you"
    return f"your {subject[3:]}" if subject.startswith("my ") else subject


def subjects(memories: Sequence[Memory]) -> list[Subject]:
    """Everybody and everything that memories are about; what most are about comes first."""
    names: dict[str, list[str]] = {}
    for memory in memories:
        key, name = _split(memory.subject)
        if key:
            known = names.setdefault(key, [])
            if name and name not in known:
                known.append(name)
    of = {name: key for key, known in names.items() for name in known if key != name}
    found = Counter[Subject]()
    for key, known in names.items():
        if key not in of:  # a bare name of somebody who is also called something else
            subject = Subject(key, tuple(known), 0)
            count = sum(subject.concerns(memory) for memory in memories)
            found[Subject(key, tuple(known), count)] = count
    return [subject for subject, _ in found.most_common()]


def _split(subject: str) -> tuple[str, str]:
    """("my sister", "Nora") of "my sister Nora"; a name alone is both."""
    words = subject.split()
    rest = list(words)
    while rest and rest[-1] != "I" and rest[-1][0].isupper():
        rest.pop()
    name = " ".join(words[len(rest) :])
    return " ".join(rest) or name, name
