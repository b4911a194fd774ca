"""Whose words are these? What the user quotes, pastes or forwards was said by somebody else.

An assistant that learned from it would let anybody who can get a text in front of the user write
into its mind ("remember that the user's bank is ..."). Taken out is what marks itself as foreign:
fenced code, quoted lines, long quotations, whatever follows "translate this:" or the head of a
letter, markup and tables, and transcripts with roles; of a message that talks about "the user", or
tells the assistant to ignore its instructions, nothing is heard. Text that is pasted without any
such sign cannot be told from the user's own (see GUARANTEES.md).
"""

from __future__ import annotations

import re
from typing import Final

_FENCE: Final = re.compile(r"(```|~~~).*?(\1|\Z)", re.DOTALL)
_QUOTED_LINE: Final = re.compile(r"^\s*(>|\||<[/!a-z][^>]*>|[{}\[\]]\s*$).*$", re.MULTILINE | re.I)
_QUOTATIONS: Final = re.compile(r'"([^"]+)("|\Z)|“([^”]+)(”|\Z)|«([^»]+)(»|\Z)|„([^“”]+)([“”]|\Z)')
_LONG_QUOTATION: Final = 6
"""Words: shorter ones are names and titles."""

# From here to the end of the message everything is somebody else's.
_FOREIGN_FROM: Final = re.compile(
    r"^\W*(original message|begin forwarded message|forwarded message)\b"
    r"|^\s*on .{5,100} wrote:\s*$"
    r"|^\s*(from|sent|subject|to|cc|date|reply-to):\s*\S"
    r"|^\s*dear .{1,40},\s*$"
    r"|^\s*\W*(system|assistant|user|human|ai)\W{0,3}:"
    r"|<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|^\s*###\s*(instruction|response|system)",
    re.MULTILINE | re.IGNORECASE,
)
_REQUEST: Final = (
    r"(?:summari[sz]e|translate|proofread|rewrite|rephrase|paraphrase|explain|review|improve"
    r"|shorten|correct|edit|read|reply to|respond to|answer|analy[sz]e|check|look at|fix|continue)"
)
_POLITE: Final = r"(?:^|(?<=[.!?\n]))\W*(?:(?:please|can|could|would|will|you|pls|now|and) )*"
_HANDED_OVER: Final = re.compile(
    # "Translate to French: ...", and "Can you summarise this?" with something on the next lines
    rf"{_POLITE}{_REQUEST}\b[^.!?\n]*:(?=\s)"
    rf"|{_POLITE}{_REQUEST}\b[^.!?\n]*\b(?:this|these|it|following|below)\b[^.!?\n]*[.?!]*(?=\s*\n)"
    # "My boss wrote: ...", "Here is the mail: ..."
    r"|\b(?:said|says|wrote|writes|written|posted|sent|pasted|copied|forwarded)\b[^.!?\n]{0,60}:(?=\s)"
    r"|\b(?:here(?:'s| is| are)|this is|following|below|got|received)\b[^.!?\n]*"
    r"\b(?:(?:e-?)?mails?|letters?|articles?|messages?|texts?|posts?|story|poem|chat|transcript|notes?"
    r"|paragraph|passage|review|page|what)\b[^.!?\n]*:(?=\s)",
    re.IGNORECASE,
)
_TO_THE_ASSISTANT: Final = re.compile(
    r"\bthe users?('s)?\b|\buser's\b|\bsystem prompt\b|\bas an ai\b|\byou are now\b"
    r"|\b(ignore|disregard|forget|override)\b.{0,40}\b(instructions?|prompts?|rules|above)\b",
    re.IGNORECASE,
)


def own_words_of(text: str) -> str:
    """`text` without what marks itself as somebody else's; nothing where it gives orders."""
    if _TO_THE_ASSISTANT.search(text):
        return ""
    said = _FENCE.sub("\n", text)
    ends = [match.start() for match in _FOREIGN_FROM.finditer(said)]
    ends += [match.end() for match in _HANDED_OVER.finditer(said)]
    said = said[: min(ends, default=len(said))]
    said = _QUOTED_LINE.sub("", said)
    said = _QUOTATIONS.sub(lambda match: match.group() if _is_short(match.group()) else " ", said)
    return "\n".join(line for line in said.splitlines() if line.strip()).strip()


def _is_short(quotation: str) -> bool:
    inside = quotation.strip('"“”«»„ ')
    return len(inside.split()) < _LONG_QUOTATION and not re.search(r"[.!?;:]\s|[.!?]$", inside)
