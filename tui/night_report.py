"""The morning report of one night, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from textual.content import Content

from assistant.journal.mornings import Answered, Dreamt
from assistant.journal.nights import Night
from assistant.settings import ExamSettings
from tui import when
from tui.stages import stage_lines

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
_SIDE_BY_SIDE: Final = 96
"""Columns from which the answers before and after stand beside each other."""

_WIDE: Final = 76

Part = str | tuple[str, str] | Content


def report(
    night: Night,
    answers: Sequence[Answered],
    dreams: Sequence[Dreamt],
    manifest: dict[str, Any],
    limits: ExamSettings,
    width: int,
) -> Content:
    """The page, for a column of `width` cells."""
    parts: list[Part] = _head(night)
    found = night.report or {}
    parts += _memories(found)
    parts += _exam(found.get("exam"), limits, width)
    parts += _answers(answers, width)
    parts += _dreams(dreams)
    parts += _costs(night, found, manifest)
    return Content.assemble(*parts)


def _title(text: str) -> list[Part]:
    return ["\n", (text, "bold $secondary"), "\n"]


def _head(night: Night) -> list[Part]:
    colours = {"learned": "$success", "refused": "$error", "failed": "$error"}
    colour = colours.get(night.outcome, "$warning")
    until = f" to {when.moment(night.ended)}" if night.ended else ""
    made = f" · generation {night.generation}" if night.generation is not None else ""
    parts: list[Part] = [
        (f"Night {night.id}  ", "bold"),
        (night.outcome, f"bold {colour}"),
        (made, "bold"),
        "\n",
        (f"{when.moment(night.started)}{until}", "$quiet"),
        "\n",
    ]
    if night.reason:
        parts += [(night.reason[0].upper() + night.reason[1:] + ".", colour), "\n"]
    return parts


def _memories(found: dict[str, Any]) -> list[Part]:
    parts: list[Part] = []
    unsure = "Not sure of; kept in the prompt"
    if found.get("status") == "refused":
        unsure = "Not learned; kept in the prompt"
    for name, title, mark in (
        ("learned", "Known by heart", ("✓ ", "$success")),
        ("refused", unsure, ("◐ ", "$warning")),
    ):
        these = found.get(name) or []
        if these:
            parts += _title(f"{title} ({len(these)})")
            for each in these:
                parts += [mark, str(each["text"]), "\n"]
    return parts


def _exam(exam: dict[str, Any] | None, limits: ExamSettings, width: int) -> list[Part]:
    if not exam:
        return []
    parts = _title("The exam: passed" if exam["passed"] else "The exam: refused")
    for why in exam.get("reasons", []):
        parts += [("✗ ", "$error"), str(why), "\n"]
    names, column, cells = (PARTS, 25, 24) if width >= _WIDE else (_SHORT, 10, 8)
    for name, score in exam["parts"].items():
        asked, before, after = score["asked"], score["before"], score["after"]
        if asked:
            needed = _needed(name, asked, before, limits)
            parts += [f"{names.get(name, name):<{column}}", bar(after / asked, needed, cells)]
            parts.append(f" {after:>3} of {asked}")
            parts += [(f", needs {needed * asked:.0f}, had {before}", "$quiet"), "\n"]
    ratio = exam.get("perplexity_ratio")
    if ratio is not None:
        text = f"perplexity of ordinary text {ratio:.3f} x the base (at most {limits.perplexity:g})"
        parts += [(text, "$quiet" if ratio <= limits.perplexity else "$error"), "\n"]
    return parts


def _needed(part: str, asked: int, before: int, limits: ExamSettings) -> float:
    """The share of right answers that passes; for what was known before, of those."""
    if part == "new":
        return limits.new
    if part == "unknown":
        return min(1 - limits.invented, before / asked) if before else 1 - limits.invented
    kept = {"old": limits.old, "general": limits.general, "in_prompt": limits.in_prompt}
    return kept.get(part, 0.0) * before / asked


def bar(share: float, needed: float, cells: int) -> Content:
    """A bar with a mark where passing begins."""
    full, mark = round(cells * share), min(cells - 1, round(cells * needed))
    colour = "$success" if share >= needed - 1e-9 else "$error"
    drawn: list[Part] = []
    for cell in range(cells):
        if cell == mark and needed > 0:
            drawn.append(("┃", "bold $text"))
        else:
            drawn.append(("━", colour) if cell < full else ("─", "$quiet"))
    return Content.assemble(*drawn)


def _answers(answers: Sequence[Answered], width: int) -> list[Part]:
    """Answers before and after; of the general parts only those that are wrong now."""
    shown = [a for a in answers if a.part in ("new", "old") or not a.right]
    if not shown:
        return []
    right = sum(answer.right for answer in answers)
    parts = _title(f"Question by question: {right} of {len(answers)} right")
    half = (width - 4) // 2
    for answer in shown:
        mark = ("✓ ", "$success") if answer.right else ("✗ ", "$error")
        parts += [mark, answer.question, (f"  {answer.part}", "$quiet"), "\n"]
        before, after = _flat(answer.before), _flat(answer.after)
        if width >= _SIDE_BY_SIDE:
            left = before if len(before) < half else before[: half - 2] + "…"
            right_side = after if len(after) < half else after[: half - 2] + "…"
            parts += [(f"    {left:<{half}}", "$quiet"), right_side, "\n"]
        else:
            parts += [("    before  ", "$quiet"), (before, "$quiet"), "\n"]
            parts += [("    after   ", "$quiet"), after, "\n"]
    return parts


def _flat(text: str) -> str:
    return " ".join(text.split())[:240]


def _dreams(dreams: Sequence[Dreamt]) -> list[Part]:
    if not dreams:
        return []
    kept = sum(dream.state == "rewarded" for dream in dreams)
    parts = _title(f"Dreams: {kept} of {len(dreams)} kept")
    for dream in dreams:
        mark = ("✓ ", "$success") if dream.state == "rewarded" else ("· ", "$quiet")
        why = f"  {dream.state}" + (f", {dream.reason}" if dream.reason else "")
        parts += [mark, _flat(dream.text), (why, "$quiet"), "\n"]
    return parts


def _costs(night: Night, found: dict[str, Any], manifest: dict[str, Any]) -> list[Part]:
    parts = _title("Stages")
    parts += [stage_lines(night, None), "\n"]
    facts: list[str] = []
    if "minutes" in found:
        facts.append(f"{found['minutes']:g} minutes")
        used = found.get("energy_wh")
        facts.append("energy unknown" if used is None else f"{used:.2f} Wh of the processor")
    if "memory_peak_mb" in found:
        facts.append(f"memory peak {found['memory_peak_mb']:,} MB")
    file = found.get("file")
    if file:
        facts.append(f"file {file['bytes'] / 1e6:.1f} MB (base {file['base_bytes'] / 1e6:.1f})")
    levels = manifest.get("levels", [])
    if levels:
        sizes = ", ".join(f"{level['name']} {len(level['experts'])}" for level in levels)
        facts.append(f"experts {sizes}")
    if facts:
        parts += _title("What it took")
        parts += ["\n".join(facts), "\n"]
    return parts
