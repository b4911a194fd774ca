"""`reverie demo`, played in this terminal while the screens step aside."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App

from assistant.night_process import command, environment


def play(app: App[Any]) -> None:
    """Show the demo until it ends or Ctrl+C ends it, then come back; the journal is not touched."""
    with app.suspend(), _interrupts_left_to_it():
        print("A day and a night in a home of its own; Ctrl+C ends it.\n", flush=True)
        subprocess.run(command(["demo"]), env=environment(), check=False)
        input("\nEnter goes back to your conversation. ")


@contextmanager
def _interrupts_left_to_it() -> Iterator[None]:
    """Ctrl+C reaches every program in the terminal; here it is the demo's."""
    # A function, because what is ignored outright would be ignored in the demo, too.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
