"""Which sentences of what was said give a memory away: what forgetting takes out, what it leaves.

The message that a memory came from goes whole, unless other memories draw on other sentences of it:
then only the sentences with a word of the answer in them go. Elsewhere (edits of that message,
verbatim repeats of the passage, replies of the assistant, drafts) a sentence goes when it says the
fact: it has the answer in it, and is about the same. A sentence that has only the answer's word in
it is left ("tea", after "You like tea"); the caller names its message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from assistant.journal.branches import siblings
from assistant.journal.memories import Memory, select
from assistant.journal.store import Journal
from assistant.recollect import SENTENCE_END, stems, words

if TYPE_CHECKING:
    from sqlite_utils import Database

REDACTED: Final = "(forgotten)"
_ADDRESS: Final = frozenset({"you", "your", "i", "my", "we", "our"})
Goes = Callable[[str], bool]
"""Whether a sentence goes."""


@dataclass
class Passages:
    """What becomes of the texts that give a memory away: the text without it, None: it goes."""

    messages: dict[int, str | None] = field(default_factory=dict)
    drafts: dict[int, str | None] = field(default_factory=dict)
    """By conversation."""
    sentences: set[str] = field(default_factory=set)
    """Those that go, as they were written."""

    @property
    def whole(self) -> list[int]:
        """Messages that go whole."""
        return sorted(each for each, kept in self.messages.items() if kept is None)

    @property
    def parts(self) -> list[int]:
        """Messages of which a passage goes."""
        return sorted(each for each, kept in self.messages.items() if kept is not None)


@dataclass(frozen=True)
class _Fact:
    answer: frozenset[str]
    """Stems of its answer."""
    about: frozenset[str]
    """And of the rest of it."""

    def said_in(self, sentence: str, around: frozenset[str] = frozenset()) -> bool:
        """Whether a sentence says it; `around` are stems of what it answers."""
        found = stems(sentence)
        if not self.answer or 2 * len(found & self.answer) < len(self.answer):
            return False
        return bool(self.about & (found | around) if self.about else _ADDRESS & words(sentence))

    def may_be_in(self, text: str) -> bool:
        """Whether it is worth looking closer: a word of the answer seems to be there."""
        lower = text.lower()
        return any(stem.removesuffix("y") in lower for stem in self.answer)

    def touched_by(self, sentence: str) -> bool:
        """Whether a sentence of its own message has any word of the answer in it."""
        lower = sentence.lower()
        return bool(self.answer & stems(sentence)) or any(
            len(stem) > 3 and stem in lower for stem in self.answer
        )


def passages(journal: Journal, found: Memory) -> Passages:
    """What has to go for a memory to be forgotten; reads only."""
    with journal.reading() as db:
        return _passages(journal, db, found)


def _passages(journal: Journal, db: Database, found: Memory) -> Passages:
    answer = stems(found.answer)
    fact = _Fact(answer, stems(found.text) - answer)
    result = Passages()
    own = _own_message(db, found, fact, result)
    source = SENTENCE_END.split(found.source or found.text)
    told = {_plain(each) for each in source if fact.touched_by(each)}
    edits = [] if found.message_id is None else siblings(journal, found.message_id)
    for number, parent, role, content in _all_messages(db):
        if number in result.messages or not fact.may_be_in(content):
            continue
        if role == "user":
            goes = partial(_repeats, told, fact if number in edits else None)
            _note(result, result.messages, number, _without(content, goes), content)
        else:
            before = own if parent == found.message_id else _content(db, parent)
            goes = partial(fact.said_in, around=stems(before))
            _note(result, result.messages, number, _without(content, goes, REDACTED), content)
    for number, text in db.execute("SELECT conversation_id, text FROM drafts").fetchall():
        _note(result, result.drafts, number, _without(text, fact.said_in), text)
    return result


def draws_on(text: str, memory: Memory) -> bool:
    """Whether a memory can have come from `text`: all of its answer is there."""
    answer = stems(memory.answer)
    return bool(answer) and answer <= stems(text)


def _own_message(db: Database, found: Memory, fact: _Fact, result: Passages) -> str:
    """Note what becomes of the memory's message and the replies to it; what it says."""
    if found.message_id is None:
        return ""
    content = _content(db, found.message_id)
    kept, gone = _without(content, fact.touched_by)
    known = fact.answer and fact.answer <= stems(" ".join(gone))
    if known and any(draws_on(kept, other) for other in _others(db, found)):
        _note(result, result.messages, found.message_id, (kept, gone), content)
        return content
    result.messages[found.message_id] = None
    for (reply,) in db.execute(
        "SELECT id FROM messages WHERE parent_id = ? AND role = 'assistant'", [found.message_id]
    ).fetchall():
        result.messages[reply] = None
    return content


def _others(db: Database, found: Memory) -> list[Memory]:
    where = "message_id = ? AND id <> ? AND state NOT IN ('forgotten', 'rejected')"
    return select(db, where, [found.message_id, found.id])


def _repeats(told: set[str], fact: _Fact | None, sentence: str) -> bool:
    """Whether a sentence of the user's repeats what goes; in an edit, in whatever words."""
    return _plain(sentence) in told or (fact is not None and fact.said_in(sentence))


def _all_messages(db: Database) -> Iterator[tuple[int, int | None, str, str]]:
    yield from db.execute("SELECT id, parent_id, role, content FROM messages ORDER BY id")


def _content(db: Database, message_id: int | None) -> str:
    row = db.execute("SELECT content FROM messages WHERE id = ?", [message_id]).fetchone()
    return "" if row is None else str(row[0])


def _note(
    result: Passages,
    kind: dict[int, str | None],
    number: int,
    cut: tuple[str, list[str]],
    content: str,
) -> None:
    kept, gone = cut
    if gone:
        kind[number] = kept if stems(kept) else None
        result.sentences.update(each.strip() for each in gone)


def _without(text: str, goes: Goes, instead: str = "") -> tuple[str, list[str]]:
    """`text` without the sentences that go, and those; `instead` stands where they were."""
    kept: list[str] = []
    gone: list[str] = []
    start = 0
    for end in (*(match.end() for match in SENTENCE_END.finditer(text)), len(text)):
        sentence, start = text[start:end], end
        if not goes(sentence):
            kept.append(sentence)
            continue
        gone.append(sentence)
        if instead and (not kept or kept[-1].strip() != instead):
            kept.append(instead + (" " if end < len(text) else ""))
    return "".join(kept).strip() if gone else text, gone


def _plain(sentence: str) -> str:
    return " ".join(sorted(words(sentence)))
