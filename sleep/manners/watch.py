"""Stops a night that is in somebody's way, within seconds, wherever it is.

A thread asks every moment whether the night may go on. When not, it stops the main thread as
Ctrl-C does; a night can be stopped anywhere, and what it had stored is stored. A main thread that
is deep in a library and does not hear of it within moments ends with its process: what
was not stored then starts afresh.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, NoReturn

import psutil

from assistant.exit_codes import ExitCode

EVERY_S: Final = 1.0
GRACE_S: Final = 1.5
DYING_S: Final = 0.3

Reason = Callable[[], str | None]
"""Why the night must stop now; None: it may go on."""


class Watch:
    """Watches over the `with` block in the main thread; `reason` says afterwards why it stopped it.

    `last_words` is called from the watching thread with the reason when the main thread does not
    stop: the last chance to write it down before the process ends.
    """

    def __init__(
        self,
        ask: Reason,
        last_words: Callable[[str], None],
        every_s: float = EVERY_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self.reason: str | None = None
        self._ask = ask
        self._last_words = last_words
        self._every_s = every_s
        self._grace_s = grace_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _answer(self) -> str | None:
        """Why the night must stop; that this cannot be told is a reason, or nobody would watch."""
        try:
            return self._ask()
        except Exception as error:
            return f"it could no longer be told whether it is in the way: {error}"

    def _watch(self) -> None:
        while not self._over.wait(self._every_s):
            reason = self._answer()
            if reason is None or self._over.is_set():
                continue
            self.reason = reason
            # Twice: one that comes just before a system call begins to wait is not heard there.
            for _ in range(2):
                stop_main_thread()
                if self._over.wait(self._grace_s / 2):
                    return
            self._last_words(reason)
            end_process()


def stop_main_thread() -> None:
    """Interrupt the main thread, also where it waits for a process or a file."""
    main = threading.main_thread().ident
    assert main is not None  # it runs
    signal.pthread_kill(main, signal.SIGTERM)


def end_process() -> NoReturn:
    """End this process and what it has started, at once."""
    started = psutil.Process().children(recursive=True)
    for child in started:
        child.kill()
    psutil.wait_procs(started, timeout=DYING_S)
    os._exit(ExitCode.INTERRUPTED)
