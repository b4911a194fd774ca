"""A scrolling box whose end stays in sight: more may come, and there may be less room for it."""

from __future__ import annotations

from textual import on
from textual.containers import VerticalScroll
from textual.events import Resize


class Following(VerticalScroll):
    """It follows, while it is told to, until the user scrolls up; at the end again, it goes on.

    Textual's own anchor is for what fills its box: it draws what does not at the bottom.
    """

    _follows = False
    _at_end = True

    def follow(self, follows: bool) -> None:
        """Keep the end in sight from now on, if it is; or do not."""
        if follows and not self._follows:
            self._at_end = self.scroll_y >= self.max_scroll_y
        self._follows = follows

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Note whether this is the end."""
        super().watch_scroll_y(old_value, new_value)
        self._at_end = new_value >= self.max_scroll_y

    def watch_virtual_size(self) -> None:
        """What is in it has another height; the layout is not done yet."""
        self.call_next(self._keep_the_end)

    @on(Resize)
    def _keep_the_end(self) -> None:
        if self._follows and self._at_end:
            self.scroll_end(animate=False, immediate=True)
