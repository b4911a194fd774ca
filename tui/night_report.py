"""The morning report of one night, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from textual.content import Content

from assistant.journal.mornings import Answered, Dreamt, postponed
from assistant.journal.nights import Night
from assistant.settings import ExamSettings
from tui import when
from tui.exam_bars import reported
from tui.stages import stage_lines

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
    parts += _exam(found, limits, width)
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
    for sentence in postponed(found):
        parts += ["\n", (sentence, "$warning"), "\n"]
    return parts


def _exam(found: dict[str, Any], limits: ExamSettings, width: int) -> list[Part]:
    exam, eased = found.get("exam"), found.get("eased")
    if not exam:
        return []
    parts = _title("The exam: passed" if exam["passed"] else "The exam: refused")
    if eased:
        parts += [
            (f"refused at full strength: {'; '.join(eased['refused'])}", "$warning"),
            "\n",
            f"written once more, at {eased['strength']:g} of that strength\n",
        ]
    for why in exam.get("reasons", []):
        parts += [("✗ ", "$error"), str(why), "\n"]
    for part in reported(exam["parts"]):
        parts += [part.row(width >= _WIDE), "\n"]
    ratio = exam.get("perplexity_ratio")
    if ratio is not None:
        text = f"perplexity of ordinary text {ratio:.3f} x the base (at most {limits.perplexity:g})"
        parts += [(text, "$quiet" if ratio <= limits.perplexity else "$error"), "\n"]
    return parts


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
        facts.append("experts " + ", ".join(_size(level) for level in levels))
    if facts:
        parts += _title("What it took")
        parts += ["\n".join(facts), "\n"]
    return parts


def _size(level: dict[str, Any]) -> str:
    numbers = sum(expert["parameters"] for expert in level["experts"])
    much = f" ({numbers / 1e6:.1f} million numbers)" if numbers else ""
    return f"{level['name']} {len(level['experts'])}{much}"
