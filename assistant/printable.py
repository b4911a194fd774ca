"""Text on its way to a terminal: what was said may hold anything, and a terminal obeys it."""

from __future__ import annotations

from typing import Final

_CONTROLS: Final = dict.fromkeys(
    code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"
)


def printable(text: str) -> str:
    """`text` without control characters but tab and new line: no escape sequence is left whole.

    A pasted log in colour, or a reply that was made up to do harm, could otherwise repaint the
    screen, set the window's title or write to the clipboard.
    """
    return text if text.isprintable() else text.translate(_CONTROLS)
