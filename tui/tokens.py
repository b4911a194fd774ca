"""Text on its way from the model's thread to the screen, which may be slower than the model."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.turn import TurnEvent
    from tui.session import Noted, Swapped


class Tokens:
    """Joins what comes while the screen is busy, so that it never falls behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[str] = []

    def take(self, event: TurnEvent | Swapped | Noted) -> bool:
        """Whether the screen must be told: of several tokens in a row, of the first one only."""
        from assistant.turn import Token

        if not isinstance(event, Token):
            return True
        with self._lock:
            self._waiting.append(event.text)
            return len(self._waiting) == 1

    def text(self) -> str:
        """What has come since the last time."""
        with self._lock:
            text, self._waiting = "".join(self._waiting), []
        return text
