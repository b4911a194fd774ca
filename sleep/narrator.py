"""Says on stderr how far a night is: a bar on a terminal, a line per stage elsewhere."""

from __future__ import annotations

from typing import Any, TextIO

from tqdm import tqdm

_WORDS = {
    "gather": "Gathering what was said",
    "recall": "Recalling",
    "grow": "Growing an expert",
    "seed": "Learning",
    "prune": "Making room",
    "dream": "Dreaming",
    "export": "Writing the new model",
    "exam": "Sitting the exam",
    "ease": "Writing it once more, with less of what is new",
    "wake": "Waking up",
}


class Narrator:
    """One bar for the stage at work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: Any = None
        self._stage = ""

    def stage(self, name: str, _text: str) -> None:
        """A stage begins."""
        self.close()
        self._stage = name
        if not self._stream.isatty():
            print(f"{_WORDS[name]} ...", file=self._stream, flush=True)

    def progress(self, _stage: str, done: int, of: int) -> None:
        """So much of the stage is done; nothing on a stream that is no terminal."""
        if not self._stream.isatty():
            return
        if self._bar is None:
            words = _WORDS[self._stage]
            self._bar = tqdm(total=of or None, desc=words, file=self._stream, leave=False)
        if of:
            self._bar.total = of
        self._bar.n = done
        self._bar.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
