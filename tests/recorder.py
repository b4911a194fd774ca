"""Stands in for the operating system: writes down what is called, answers from a table."""

from __future__ import annotations

from collections.abc import Callable

from assistant import system
from assistant.system import MISSING, Ran


class Recorder:
    """`system` without a system. `answers`: how a command line begins -> how it ends."""

    def __init__(self, platform: str = "linux") -> None:
        self.name = platform
        self.answers: dict[str, Ran] = {}
        self.calls: list[str] = []
        self.started: list[str] = []
        self.ended: list[str] = []

    def run(self, *command: str, seconds: float = 10.0) -> Ran:
        assert seconds > 0
        line = " ".join(command)
        self.calls.append(line)
        fitting = [found for start, found in self.answers.items() if line.startswith(start)]
        return fitting[0] if fitting else Ran(MISSING, err=f"{command[0]} cannot be started")

    def start(self, *command: str) -> Callable[[], None]:
        line = " ".join(command)
        self.started.append(line)
        return lambda: self.ended.append(line)

    def platform(self) -> str:
        return self.name

    def take_over(self, patch: Callable[[object, str, object], None]) -> None:
        for name in ("run", "start", "platform"):
            patch(system, name, getattr(self, name))
