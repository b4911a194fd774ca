"""The parts of an exam as bars against what passing needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from textual.content import Content

from assistant.passing import in_pairs, needed
from assistant.settings import ExamSettings

PARTS: Final = {
    "new": "about what is new",
    "old": "about older memories",
    "general": "ordinary questions",
    "in_prompt": "answered by their prompt",
    "unknown": "never told, and said so",
}
_SHORT: Final = {
    "new": "new",
    "old": "old",
    "general": "ordinary",
    "in_prompt": "in prompt",
    "unknown": "unknown",
}


@dataclass(frozen=True)
class PartBar:
    """One part: `right` of `of` answers; `needed` is None where a night did not say."""

    part: str
    right: int
    of: int
    needed: int | None
    before: int
    sat: bool = True
    """Every question of it has been answered."""

    def row(self, wide: bool) -> Content:
        """Name, bar and figures; where it is not `wide`, in 24 cells."""
        names, column, cells = (PARTS, 25, 24) if wide else (_SHORT, 10, 8)
        least = None if self.needed is None else self.needed / self.of
        short = "$error" if self.sat else "$primary"
        drawn = bar(self.right / self.of, least, cells, short)
        name = names.get(self.part, self.part)
        if not wide:
            return Content.assemble(f"{name:<{column}}", drawn, f" {self.right}/{self.of}")
        pairs = self.needed is not None and in_pairs(self.part)
        said = f" {self.right:>3} of {self.of}{' kept' if pairs else ''}"
        more = "" if self.needed is None else f", needs {self.needed}"
        more += "" if pairs else f", had {self.before}"
        return Content.assemble(f"{name:<{column}}", drawn, said, (more, "$quiet"))


def bar(share: float, least: float | None, cells: int, short: str) -> Content:
    """A bar with a mark where passing begins; `short` is its colour before that."""
    full = round(cells * share)
    mark = None if least is None else min(cells - 1, round(cells * least))
    colour = "$success" if least is None or share >= least else short
    drawn: list[str | tuple[str, str]] = []
    for cell in range(cells):
        if mark and cell == mark:
            drawn.append(("┃", "bold $text"))
        else:
            drawn.append(("━", colour) if cell < full else ("─", "$quiet"))
    return Content.assemble(*drawn)


def reported(parts: Mapping[str, Mapping[str, int]]) -> list[PartBar]:
    """The parts as a night's report has them; those that asked nothing are left out."""
    found = []
    for name, score in parts.items():
        kept = score.get("kept") if in_pairs(name) else None
        right, of = (score["after"], score["asked"]) if kept is None else (kept, score["before"])
        if of:
            found.append(PartBar(name, right, of, score.get("needed"), score["before"]))
    return found


def so_far(asked: Iterable[Mapping[str, Any]], limits: ExamSettings) -> list[PartBar]:
    """The parts while an exam is sat, from its questions as they are told (see NightState)."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for each in asked:
        parts.setdefault(each["part"], []).append(each)
    found = []
    for name in (name for name in PARTS if name in parts):
        these = parts[name]
        was = [each for each in these if each.get("was_right")]
        counted = was if in_pairs(name) else these
        right = sum(bool(each["right"]) for each in counted)
        least = needed(name, len(these), len(was), limits)
        sat = all(each["after"] is not None for each in counted)
        if counted:
            found.append(PartBar(name, right, len(counted), least, len(was), sat))
    return found
