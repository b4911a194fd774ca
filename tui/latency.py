"""Keys are to be answered at once; imported before Textual, which by itself takes longer.

What is typed while a reply is drawn is to be seen within 30 ms: at Textual's 60 frames a second it
waits for up to two of them. A user's own TEXTUAL_FPS stands.

Esc is to stop a reply within 100 ms. A lone Esc cannot be told from the beginning of what other
keys send but by nothing following it. Terminals send those in one piece, also over SSH, so that a
short wait is enough; a user's own ESCDELAY stands.
"""

from __future__ import annotations

import os
import selectors
import sys
from types import SimpleNamespace

os.environ.setdefault("ESCDELAY", "25")  # ms
os.environ.setdefault("TEXTUAL_FPS", "250")  # frames a second, where there is something to draw


class Prompt(selectors.SelectSelector):
    """Right after something has come, it waits no longer than for the rest of an escape sequence.

    Textual's driver looks whether an Esc was a lone one only between waits, and these take 100 ms.
    """

    _came = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As the base class; `timeout` in seconds."""
        from textual.constants import ESCAPE_DELAY

        found = super().select(ESCAPE_DELAY if self._came else timeout)
        self._came = bool(found)
        return found


def quicken() -> None:
    """Have Textual's driver wait this way."""
    if sys.platform != "win32":
        from textual.drivers import linux_driver

        vars(linux_driver)["selectors"] = SimpleNamespace(
            SelectSelector=Prompt, EVENT_READ=selectors.EVENT_READ
        )
