"""The morning report: what a night was, as JSON for scripts and as a few lines for people."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from assistant.journal.mornings import postponed
from sleep.diary import Diary
from sleep.dreaming.stage import Dreamt
from sleep.easing import Eased, last_exam, last_file
from sleep.exam import Graded
from sleep.growing import Grown, Seeded
from sleep.night import Recalled
from sleep.waking import Woken, not_read

_SHOWN = 30  # failing questions in a report
_SAID = 5  # and in what is said of it

_WORDS = {
    "new": "about what is new",
    "old": "about older memories",
    "general": "ordinary questions",
    "in_prompt": "answered by their prompt",
    "unknown": "never told, and said so",
}


def report(diary: Diary, woken: Woken, minutes: float) -> dict[str, Any]:
    """Everything a script may want to know about a night."""
    recalled = diary.result("recall", Recalled)
    found: dict[str, Any] = {
        "status": woken.status,
        "reason": woken.reason,
        "kind": "nap" if diary.nap else "night",
        "minutes": round(minutes, 2),
        "stages": {name: round(seconds, 1) for name, seconds in diary.seconds.items()},
        "learned": [{"memory_id": id_, "text": text} for id_, text in woken.learned],
        "refused": [{"memory_id": id_, "text": text} for id_, text in woken.unsure],
        "unread": recalled.unread if recalled is not None else 0,
        "exam": None,
        "memory_peak_mb": round(peak_mb()),
    }
    seeded = diary.result("seed", Seeded)
    if seeded is not None:
        found["training"] = {"steps": seeded.steps, "planned": seeded.planned}
        found["waiting"] = seeded.waiting
    grown = diary.result("grow", Grown)
    found["put_off"] = list(grown.put_off) if grown is not None else []
    eased = diary.result("ease", Eased)
    verdict, file = last_exam(diary), last_file(diary)
    if eased is not None:
        found["eased"] = {"strength": eased.strength, "refused": list(eased.refused)}
    if verdict is not None:
        parts = {name: msgspec.to_builtins(score) for name, score in verdict.parts.items()}
        found["exam"] = {
            "passed": verdict.passed,
            "reasons": list(verdict.reasons),
            "parts": parts,
            "perplexity_ratio": round(verdict.perplexity_ratio, 4),
            "failing": [_failing(graded) for graded in verdict.failing[:_SHOWN]],
        }
    dreamt = diary.result("dream", Dreamt)
    if dreamt is not None and dreamt.dreams:
        found["dreams"] = msgspec.to_builtins(dreamt)
    if file is not None:
        found["file"] = {
            "bytes": file.file_bytes,
            "base_bytes": file.base_bytes,
            "types": file.types,
            "survival": round(file.survival, 4),
        }
    return found


def _failing(graded: Graded) -> dict[str, Any]:
    names = ("part", "memory_id", "question", "expected", "before", "after")
    return {name: getattr(graded, name) for name in names}


def peak_mb() -> float:
    """Largest resident size so far of this process or of one it has started, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    sizes = [resource.getrusage(who).ru_maxrss for who in (_SELF, _CHILDREN)]
    return max(sizes) * unit / 1e6


_SELF, _CHILDREN = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN


def in_words(found: dict[str, Any]) -> list[str]:
    """The report for a person: what is known by heart, what is not sure, what went wrong."""
    lines = []
    if found["learned"]:
        lines.append(f"{_these(found['learned'])} I now know by heart:")
        lines += [f"  {each['text']}" for each in found["learned"]]
    if found["refused"]:
        unsure = "I am not sure of" if found["status"] == "learned" else "I did not learn"
        lines.append(f"{_these(found['refused'])} {unsure}; kept in my notes:")
        lines += [f"  {each['text']}" for each in found["refused"]]
    if found["unread"] and found["status"] != "nothing":
        lines.append(f"{not_read(found['unread'])}; kept in my journal.")
    if found["reason"]:
        lines.append(found["reason"][0].upper() + found["reason"][1:] + ".")
    lines += postponed(found)
    training = found.get("training")
    if training is not None and training["steps"] < training["planned"]:
        lines.append(f"There was time for {training['steps']} of {training['planned']} steps.")
    eased = found.get("eased")
    if eased is not None:
        lines.append(f"At full strength the exam refused it: {'; '.join(eased['refused'])}.")
        lines.append(f"It was written once more, at {eased['strength']:g} of that strength.")
    exam = found["exam"]
    if exam is not None:
        lines.append("The exam, on the file that is to be served:")
        for name, score in exam["parts"].items():
            right = f"{score['after']:>3} of {score['asked']}"
            lines.append(f"  {_WORDS[name]:<26} {right} right (before: {score['before']})")
        if not exam["passed"]:
            lines += [_asked(each) for each in exam["failing"][:_SAID]]
        lines.append(f"  perplexity of ordinary text {exam['perplexity_ratio']:.3f} x the base")
    return lines


def _asked(failing: dict[str, Any]) -> str:
    expected = " or ".join(failing["expected"]) or "that it was not told"
    return f"  asked '{failing['question']}' it said '{failing['after']}', not {expected}"


def _these(things: Sequence[object]) -> str:
    return "This one thing" if len(things) == 1 else f"These {len(things)} things"
