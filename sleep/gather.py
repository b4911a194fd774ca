"""The first stage: what was said since the last night that may be learned from.

Off-record and unapproved messages never leave the journal (`Journal.since`). Here goes what is in
a message without being the user's own word (`assistant.quoting`), and lines with a secret in them
(`sleep.confidential`), which must never get into weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from assistant.journal import Journal, Message
from assistant.quoting import own_words_of
from sleep.confidential import asks_for_secret, without_secrets
from sleep.memory import Heard

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
            if previous is not None and asks_for_secret(previous):
                previous = None  # "What is your password?" makes a secret of any word
            heard.append(
                Heard(message.id, text, previous, message.conversation_id, message.created)
            )
    return Gathered(tuple(heard), upto, tuple(left_out))


def own_words(text: str) -> tuple[str, str]:
    """The part of a message that its writer says themself, and why the rest was left out."""
    if len(text) > _LONGEST:
        return "", "too long to be somebody talking; taken for pasted text"
    said = own_words_of(text)
    open_ = without_secrets(said)
    if open_ != said or without_secrets(text) != text:
        return open_.strip(), "looks like a secret"
    return said, "" if said.split() == text.split() else "quoted or pasted text"
