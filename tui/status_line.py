"""The line that always says: awake or asleep, which generation, how fast, how full the window."""

from __future__ import annotations

import math

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Static


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
    }
    """

    state: reactive[str] = reactive("waking up…")
    night: reactive[int | None] = reactive(None)
    off_record: reactive[bool] = reactive(False)
    figures: reactive[str] = reactive("")

    def compose(self) -> ComposeResult:
        """Two texts."""
        yield Static(self.summary(), id="state", markup=False)
        yield Static("", id="figures", markup=False)

    def summary(self) -> str:
        """The left side."""
        parts = [self.state]
        if self.night is not None:
            parts.append(f"night {self.night} is running")
        if self.off_record:
            parts.append("OFF THE RECORD")
        return " · ".join(parts)

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

    def _summary_changed(self) -> None:
        if self.is_mounted:
            self.query_one("#state", Static).update(self.summary())

    watch_state = watch_night = watch_off_record = _summary_changed
