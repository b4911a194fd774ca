"""A curve drawn with braille dots, two by four to a cell: losses, rewards and recall of a night."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_BLANK = 0x2800


def draw(values: Sequence[float], width: int, height: int, low: float, high: float) -> list[str]:
    """`height` lines of `width` cells; `low` is the bottom, `high` the top."""
    cells = [[_BLANK] * width for _ in range(height)]
    columns, rows = 2 * width, 4 * height
    previous = None
    for x in range(columns if values else 0):
        value = _at(values, x / max(1, columns - 1))
        share = 0.5 if high <= low else (min(max(value, low), high) - low) / (high - low)
        y = round((1 - share) * (rows - 1))
        first = y if previous is None else previous
        for dot in range(min(first, y), max(first, y) + 1):
            cells[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
        previous = y
    return ["".join(" " if cell == _BLANK else chr(cell) for cell in line) for line in cells]


def _at(values: Sequence[float], place: float) -> float:
    """The value at a place from 0 to 1, between two points in proportion."""
    position = place * (len(values) - 1)
    left = int(position)
    right = min(left + 1, len(values) - 1)
    return values[left] + (position - left) * (values[right] - values[left])


class Curve(Widget):
    """One series of numbers; the last one is written into the border."""

    DEFAULT_CSS = """
    Curve {
        width: 1fr;
        height: 1fr;
        min-height: 4;
        border: round $border;
        border-title-color: $text-muted;
        border-subtitle-color: $text;
        color: $primary;
        padding: 0 1;
    }
    """

    def __init__(self, name: str, share: bool = False) -> None:
        super().__init__(id=name)
        self.border_title = name
        self._share = share
        self._values: list[float] = []

    def show(self, values: Sequence[float]) -> None:
        """Draw these, the newest on the right."""
        self._values = list(values)
        last = f"{values[-1]:.0%}" if self._share and values else ""
        self.border_subtitle = last or (f"{values[-1]:.3f}" if values else "")
        self.refresh()

    def render(self) -> Content:
        """The curve; a line of words while there is none."""
        width, height = self.size
        if len(self._values) < 2:
            return Content.styled("nothing to draw yet", "$quiet")
        low, high = (0.0, 1.0) if self._share else (0.0, max(self._values))
        return Content("\n".join(draw(self._values, width, height, low, high)))
