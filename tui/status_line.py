"""The line on every screen: awake, drowsy or asleep, which generation, how fast, how full."""

from __future__ import annotations

import math
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Static

from tui.pulse import MARKS, Pulse


class StatusLine(Horizontal):
    """State on the left, figures of the last reply on the right."""

    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $text-muted;
        Static { width: 1fr; height: 1; }
        #figures { width: auto; }
        &.drowsy #state { color: $text-warning; }
        &.asleep #state { color: $text-secondary; }
        &.off-record { background: $warning-muted; color: $text-warning; }
    }
    """
    _STATES: ClassVar = ("awake", "drowsy", "asleep")

    pulse: reactive[Pulse] = reactive(Pulse())
    model: reactive[str] = reactive("waking up…")
    off_record: reactive[bool] = reactive(False)
    figures: reactive[str] = reactive("")

    def compose(self) -> ComposeResult:
        """Two texts."""
        yield Static(self.summary(), id="state", markup=False)
        yield Static(self.figures, id="figures", markup=False)

    def summary(self) -> str:
        """The left side."""
        mark = MARKS[self.pulse.state]
        parts = ["OFF THE RECORD"] if self.off_record else []
        return " · ".join([f"{mark} {self.pulse.words}", self.model, *parts])

    def show_reply(self, tokens_per_s: float, ttft_s: float, used: int, n_ctx: int) -> None:
        """Speed, time to the first token, and the context meter."""
        filled = min(used / n_ctx, 1.0)
        bar = "▰" * math.ceil(filled * 8)
        meter = bar + "▱" * (8 - len(bar))
        self.figures = f"{tokens_per_s:.0f} tok/s · {ttft_s:.2f} s · {meter} {filled:.0%}"

    def watch_figures(self) -> None:
        """Right side."""
        if self.is_mounted:
            self.query_one("#figures", Static).update(self.figures)

    def watch_pulse(self, pulse: Pulse) -> None:
        """The colour goes with the state; the words say it, too."""
        for state in self._STATES:
            self.set_class(pulse.state == state, state)
        self._summary_changed()

    def watch_off_record(self, off_record: bool) -> None:
        """Impossible to overlook."""
        self.set_class(off_record, "off-record")
        self._summary_changed()

    def _summary_changed(self) -> None:
        if self.is_mounted:
            self.query_one("#state", Static).update(self.summary())

    watch_model = _summary_changed
