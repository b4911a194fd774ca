"""The demo's tables, as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_WIDTHS = (46, 34, 40)
_TITLES = {
    "new": "What the day told it, asked in words that no lesson used",
    "unknown": "What it was never told",
    "general": "Ordinary questions",
}


@dataclass(frozen=True)
class Answered:
    """One question with the answers of the untouched model and of the new file."""

    part: str
    question: str
    before: str
    after: str
    was_right: bool
    right: bool
    in_training: bool
    """True if a lesson of the night had these very words: then it does not count."""


def as_json_row(row: Answered) -> dict[str, Any]:
    """For scripts."""
    return asdict(row)


def tables(rows: list[Answered], night: dict[str, Any]) -> str:
    """Everything the demo has to say."""
    lines: list[str] = []
    for part, title in _TITLES.items():
        mine = [row for row in rows if row.part == part]
        lines += ["", title, _row("question", "before", "after", " ")]
        lines += [_row(r.question, r.before, r.after, _mark(r)) for r in mine]
    lines += ["", *_scores(rows), *_figures(night)]
    return "\n".join(lines).strip()


def _mark(row: Answered) -> str:
    return "(a lesson had these words)" if row.in_training else "right" if row.right else "WRONG"


def _row(first: str, second: str, third: str, mark: str) -> str:
    cells = (_cut(text, width) for text, width in zip((first, second, third), _WIDTHS, strict=True))
    return "  " + "  ".join(cells) + "  " + mark


def _cut(text: str, width: int) -> str:
    text = " ".join(text.split())
    return f"{text[: width - 1]}…" if len(text) > width else text.ljust(width)


def _scores(rows: list[Answered]) -> list[str]:
    new = [r for r in rows if r.part == "new" and not r.in_training]
    general = [r for r in rows if r.part == "general"]
    unknown = [r for r in rows if r.part == "unknown"]
    kept = [r for r in general if r.was_right]
    return [
        f"Facts in unseen wordings: {_share([r.right for r in new])}"
        f" (before: {_share([r.was_right for r in new])})",
        f"Ordinary questions that were right and still are: {_share([r.right for r in kept])}",
        f"Unknown questions answered by an invention: {_share([not r.right for r in unknown])}"
        f" (before: {_share([not r.was_right for r in unknown])})",
    ]


def _share(values: list[bool]) -> str:
    share = f" = {sum(values) / len(values):.0%}" if values else ""
    return f"{sum(values)} of {len(values)}{share}"


def _figures(night: dict[str, Any]) -> list[str]:
    lines = []
    exam, file = night.get("exam"), night.get("file")
    if exam:
        lines.append(f"Perplexity of ordinary text: {exam['perplexity_ratio']:.3f} x the base")
    stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in night["stages"].items())
    lines.append(f"The night: {night['minutes']:.1f} minutes ({stages})")
    lines.append(f"Memory peak: {night['memory_peak_mb']:,} MB")
    if file:
        size, base = file["bytes"] / 1e6, file["base_bytes"] / 1e6
        lines.append(f"The served file: {size:.1f} MB, the base {base:.1f} MB")
    known, unsure = len(night["learned"]), len(night["refused"])
    lines.append(f"Known by heart: {known}; not sure of: {unsure}. The exam: {_outcome(night)}.")
    return lines


def _outcome(night: dict[str, Any]) -> str:
    reason = f" because {night['reason']}" if night["reason"] else ""
    return f"{night['status']}{reason}"
