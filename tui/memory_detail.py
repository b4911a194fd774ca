"""One memory in full: where it came from, how it is asked, what became of it."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from assistant.journal.memory_details import Details
from tui import when
from tui.subjects import addressed

STATE_MARKS: Final = {
    "proposed": ("?", "$warning"),
    "waiting": ("◌", "$primary"),
    "learned": ("●", "$success"),
    "shaky": ("◐", "$warning"),
    "refused": ("✗", "$error"),
    "superseded": ("↷", "$quiet"),
    "forgotten": ("–", "$quiet"),
    "rejected": ("–", "$quiet"),
}
"""State -> mark and colour; the word stands beside it."""

STATE_WORDS: Final = {
    "proposed": "waits for your approval",
    "waiting": "in the prompt, waits for a night",
    "learned": "known by heart",
    "shaky": "learned, but the exam was not sure; still in the prompt",
    "refused": "the night was refused; still in the prompt",
    "superseded": "corrected by a later one",
    "forgotten": "forgotten",
    "rejected": "never to be learned",
}

Part = str | tuple[str, str]


def detail(found: Details) -> Content:
    """Everything there is to show."""
    memory = found.memory
    mark, colour = STATE_MARKS[memory.state]
    parts: list[Part] = [
        (memory.text or "(forgotten)", "bold"),
        "\n",
        (f"{mark} {STATE_WORDS[memory.state]}", colour),
        "\n",
    ]
    where = "in the prompt (level 0)"
    if memory.level:
        where = f"in the weights, level {memory.level}, expert {found.expert}"
    facts = {
        "Number": f"{memory.id}, since {when.moment(memory.created)}",
        "Held": where,
        "Night": str(memory.night) if memory.night else "",
        "Subject": addressed(memory.subject),
        "Answer": memory.answer,
        "Corrects": f"memory {memory.supersedes}" if memory.supersedes else "",
        "Now": f"memory {found.replaced_by}" if found.replaced_by else "",
        "Why": memory.reason or "",
    }
    for name, value in facts.items():
        if value:
            parts += [(f"{name:<9} ", "$quiet"), value, "\n"]
    parts += _source(found)
    parts += _wordings(found)
    parts += _examined(found)
    return Content.assemble(*parts)


def _title(text: str) -> list[Part]:
    return ["\n", (text, "bold $secondary"), "\n"]


def _source(found: Details) -> list[Part]:
    if not found.context:
        said = "Added by hand." if not found.memory.source else found.memory.source
        return [*_title("Where it comes from"), said, "\n"]
    first = found.message or found.context[0]
    parts = _title(f"Where it comes from: {when.moment(first.created)}")
    for message in found.context:
        who = "You" if message.role == "user" else "Reverie"
        here = message.id == found.memory.message_id
        parts.append((f"{who:<8} ", "$accent" if here else "$quiet"))
        parts.append((_short(message.content), "" if here else "$quiet"))
        parts.append("\n")
    return parts


def _wordings(found: Details) -> list[Part]:
    parts: list[Part] = []
    for split, title in (("train", "Taught as"), ("exam", "Kept for the exam")):
        these = [each for each in found.wordings if each.split == split]
        if these:
            parts += _title(f"{title} ({len(these)})")
            for each in these:
                parts += [f"  {each.question} ", (each.answer, "$quiet"), "\n"]
    return parts


def _examined(found: Details) -> list[Part]:
    parts: list[Part] = []
    for number in dict.fromkeys(each.night for each in found.examined):
        these = [each for each in found.examined if each.night == number]
        right = sum(each.right for each in these)
        parts += _title(f"Exam of night {number}: {right} of {len(these)} right")
        for each in these:
            mark = ("✓ ", "$success") if each.right else ("✗ ", "$error")
            parts += [mark, each.question, "\n"]
            parts += [("    before  ", "$quiet"), (_short(each.before), "$quiet"), "\n"]
            parts += [("    after   ", "$quiet"), _short(each.after), "\n"]
    return parts


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 300 else flat[:299] + "…"
