"""The first stage: what was said since the last night that may be learned from.

Off-record and unapproved messages never leave the journal (`Journal.since`). Here goes what is in
a message without being the user's own word: fenced code, quoted lines, and lines with a secret in
them, which must never get into weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings

from assistant.journal import Journal, Message
from sleep.memory import Heard

_FENCE: Final = re.compile(r"(```|~~~).*?(\1|\Z)", re.DOTALL)
_QUOTED: Final = re.compile(r"^\s*>.*$", re.MULTILINE)
_NAMED: Final = re.compile(
    r"\b(pass ?words?|pass ?(code|phrase)s?|pin( code| number)?|cvv|api keys?|secret keys?)\b",
    re.IGNORECASE,
)
_ENTROPY: Final = "Entropy"  # in a chat, these detectors take every word for a key
_LONGEST: Final = 4000  # characters: longer ones are documents, not somebody talking


@dataclass(frozen=True)
class Gathered:
    """The user's messages to read, the last message seen, and what was left out and why."""

    heard: tuple[Heard, ...]
    upto: int
    left_out: tuple[tuple[int, str], ...]


def gather(journal: Journal) -> Gathered:
    """Messages since the last one that a night has read, in order."""
    with journal.reading() as db:
        sql = "SELECT coalesce(max(upto_message), 0) FROM nights"
        last = db.execute(sql).fetchone()[0]
    return clean(journal.since(last), last)


def clean(messages: Iterable[Message], upto: int) -> Gathered:
    """What may be learned from in `messages`; `upto` stands where there are none."""
    heard: list[Heard] = []
    left_out: list[tuple[int, str]] = []
    replies: dict[int, str] = {}
    for message in messages:
        upto = max(upto, message.id)
        if message.role == "assistant":
            replies[message.id] = message.content
            continue
        text, reason = own_words(message.content)
        if reason:
            left_out.append((message.id, reason))
        if text:
            previous = replies.get(message.parent_id or 0)
            heard.append(
                Heard(message.id, text, previous, message.conversation_id, message.created)
            )
    return Gathered(tuple(heard), upto, tuple(left_out))


def own_words(text: str) -> tuple[str, str]:
    """The part of a message that its writer says themself, and why the rest was left out."""
    if len(text) > _LONGEST:
        return "", "too long to be somebody talking; taken for pasted text"
    said = _QUOTED.sub("", _FENCE.sub("", text))
    reason = "" if said == text else "quoted or pasted text"
    with transient_settings({"plugins_used": _detectors()}):
        lines = [line for line in said.splitlines() if not _is_secret(line)]
    if len(lines) < len(said.splitlines()):
        reason = "looks like a secret"
    return "\n".join(lines).strip(), reason


def _is_secret(line: str) -> bool:
    return _NAMED.search(line) is not None or any(scan_line(line))


def _detectors() -> list[dict[str, str]]:
    names = [each.__name__ for each in get_mapping_from_secret_type_to_class().values()]
    return [{"name": name} for name in names if _ENTROPY not in name]
