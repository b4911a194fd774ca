"""A long Markdown text in pieces that can be shown one by one, cut where nothing is torn apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

LINES: Final = 40
"""A piece has about this many lines."""

_FENCE: Final = re.compile(r"^ {0,3}(```+|~~~+)(.*)$")


def segments(text: str) -> list[str]:
    """`text` as one or more pieces of about LINES lines.

    Cut at blank lines outside of code; code that is longer than a piece is closed and opened again
    in the next, so that each piece is whole Markdown. A list or table across a cut begins anew.
    """
    pieces: list[str] = []
    piece: list[str] = []
    fence, opening = "", ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
            elif len(piece) >= LINES:
                pieces.append("\n".join([*piece, fence]))
                piece = [opening]
        elif mark:
            fence, opening = mark[1], line
        elif not line.strip() and len(piece) >= LINES:
            pieces.append("\n".join(piece))
            piece = []
            continue
        piece.append(line)
    return [*pieces, "\n".join(piece)]


def around(text: str, first: int, last: int) -> tuple[str, list[str], str]:
    """`text` as what is above row `first`, the pieces between, and what is below row `last`.

    There is at least one piece between.
    """
    above, near, below = list[str](), list[str](), list[str]()
    row = 0
    for piece in segments(text):
        end = row + height(piece)
        (above if end <= first else below if row >= last else near).append(piece)
        row = end
    if not near:
        near.append(above.pop() if above else below.pop(0))
    return joined(above), near, joined(below)


def joined(pieces: Sequence[str]) -> str:
    """Pieces as one text, which is as high as they are."""
    return "\n\n".join(pieces)


def height(text: str) -> int:
    """About how many rows it will take, the empty one below included."""
    return text.count("\n") + 2


def code_blocks(text: str) -> list[str]:
    """The code in the fences of a Markdown text, without the fences."""
    blocks: list[str] = []
    fence, block = "", list[str]()
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence and mark and mark[1].startswith(fence) and not mark[2].strip():
            blocks.append("\n".join(block))
            fence, block = "", []
        elif fence:
            block.append(line)
        elif mark:
            fence = mark[1]
    return [*blocks, "\n".join(block)] if fence else blocks
