"""Level 0: which remembered sentences matter to a new message, to be put in its prompt.

Candidates are the memories that no night has moved into the weights, and what the user said and no
night has made a memory of. They are compared by content words (stop words removed, endings cut),
rare words counting more. What a night has read without making a memory of it does not come up for a
word that a memory has, too: it may be what a later sentence put right. Few notes or none are the
aim: a small model talks about whatever is in its prompt, so a note that has nothing to do with the
message does harm.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assistant.journal import Journal
from assistant.prompt import Note
from assistant.quoting import own_words_of

if TYPE_CHECKING:
    from sqlite_utils import Database

MAX_NOTES: Final = 6
_FOUND: Final = 400
_REACH: Final = 20_000
"""Messages looked at: so many of the newest that have a word in common, among so many. The search
index would have to go through the whole journal for every word that is common in it."""
_COMPARED_WORDS: Final = 3
"""A match is measured against so many of a message's rarest words: then long ones match, too."""
_ABOUT_USER: Final = 0.3
_ABOUT_ANYTHING: Final = 0.6
"""Share of the compared words (by weight) that a note must hold, for messages that say "my" or "I",
and for others, which are less likely to be about what the user told."""

_FIRST_PERSON: Final = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours"})
_FUNCTION_WORDS: Final = """
a about above after again all also am an and any are as at be because been before being below
between both but by can could did do does doing done down during each few for from further get go
goes going got had has have having he her here hers herself him himself his how if in into is it its
itself just know let made make many may might more most much must no nor not now of off oh ok okay
on once only or other ourselves out over own please really remember said same say she should so some
such tell than thank thanks that the their theirs them themselves then there these they thing things
think this those through to told too under until up upon very want was were what when where which
while who whom whose why will with would yes yet you your yours yourself hello hi hey good today
call called named ll ve re don didn doesn isn aren wasn weren won t s d m
"""
_STOP_WORDS: Final = _FIRST_PERSON | frozenset(_FUNCTION_WORDS.split())
IN_PROMPT: Final = ("proposed", "waiting", "shaky", "refused")
"""States of memories that the weights do not hold, or not surely."""
_WORD: Final = re.compile(r"[^\W_]+")
SENTENCE_END: Final = re.compile(
    r"(?<!\b[DM]r\.)(?<!\bM[rs]s\.)(?<!\bSt\.)(?<=[.!?…])[\"'”’)]*\s+|\n+", re.IGNORECASE
)
_LONGEST_SENTENCE: Final = 300
"""In characters; what is longer is pasted text rather than something told."""


@dataclass(frozen=True)
class _Candidate:
    """A sentence that could become a note; `order` is the id of where it comes from."""

    note: Note
    stems: frozenset[str]
    order: int
    read: bool = False
    """Whether a night has read it without making a memory of it."""


def recollect(
    journal: Journal,
    message: str,
    budget_tokens: int,
    count: Callable[[str], int],
    in_prompt: Collection[int] = (),
) -> list[Note]:
    """Notes that matter to `message`, best first, at most MAX_NOTES and `budget_tokens`.

    `in_prompt` are ids of messages that the prompt holds anyway; nothing is repeated from those.
    """
    wanted = stems(message)
    if not wanted:
        return []
    with journal.reading() as db:
        memories = list(_memories(db, IN_PROMPT, in_prompt))
        by_heart = list(_memories(db, ("learned",), ()))
        sentences = list(_sentences(db, wanted, in_prompt))
    threshold = _ABOUT_USER if words(message) & _FIRST_PERSON else _ABOUT_ANYTHING
    weight = _weights([*memories, *by_heart, *sentences], wanted)
    remembered = wanted & {stem for memory in (*memories, *by_heart) for stem in memory.stems}
    notes: list[Note] = []
    left = budget_tokens
    for candidate in _ranked(memories + sentences, weight, threshold):
        cost = count(candidate.note.text) + 4
        if (
            cost <= left
            and len(notes) < MAX_NOTES
            and not (candidate.read and candidate.stems & remembered)
        ):
            notes.append(candidate.note)
            left -= cost
    return notes


def stems(text: str) -> frozenset[str]:
    """The content words of `text`, lower case, with English endings cut off."""
    return frozenset(_stem(word) for word in words(text) - _STOP_WORDS)


def words(text: str) -> frozenset[str]:
    """The words of `text`, lower case."""
    return frozenset(_WORD.findall(text.lower().replace("’", "'")))


def _stem(word: str) -> str:
    """A cheap stem: equal for most forms of a word, not always a word itself."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s", "e"):
        root = word.removesuffix(ending)
        if root == word or len(root) < 3 or (ending == "s" and root.endswith(("s", "u"))):
            continue
        doubled = ending in ("ing", "ed") and root[-1] == root[-2] and root[-1] not in "lsz"
        return root[:-1] if doubled else root
    return word


def _memories(
    db: Database, states: Sequence[str], in_prompt: Collection[int]
) -> Iterator[_Candidate]:
    marks = ", ".join("?" * len(states))
    sql = f"SELECT id, text, message_id FROM memories WHERE state IN ({marks}) ORDER BY id"
    for row in db.query(sql, list(states)):
        if row["message_id"] not in in_prompt:
            yield _Candidate(Note(row["text"], row["id"]), stems(row["text"]), row["id"])


def _sentences(
    db: Database, wanted: frozenset[str], in_prompt: Collection[int]
) -> Iterator[_Candidate]:
    """What the user told and no memory says, by sentences; no questions, no quotations."""
    wants = " OR ".join("messages.content LIKE ?" for _ in wanted)
    sql = f"""
        SELECT messages.id, messages.content, messages.id <= (
            SELECT coalesce(max(upto_message), 0) FROM nights
            WHERE ended IS NOT NULL AND status IN ('learned', 'nothing', 'refused')) AS read
        FROM messages
        JOIN conversations ON conversations.id = messages.conversation_id
        WHERE messages.role = 'user' AND messages.off_record = 0
          AND conversations.off_record = 0 AND conversations.approved = 1
          AND messages.id > (SELECT coalesce(max(id), 0) FROM messages) - {_REACH}
          AND ({wants})
        ORDER BY messages.id DESC LIMIT {_FOUND}"""
    said_by = _said_by_memories(db)
    seen = set()
    for row in db.query(sql, [f"%{stem}%" for stem in sorted(wanted)]):
        if row["id"] in in_prompt:
            continue
        for sentence in SENTENCE_END.split(own_words_of(row["content"])):
            text = " ".join(sentence.split())
            if text and len(text) <= _LONGEST_SENTENCE and not text.endswith("?"):
                found = stems(text)
                said = any(2 * len(found & memory) >= len(memory) for memory in said_by[row["id"]])
                if text.lower() not in seen and not said:
                    note = Note(f'You told me: "{text}"')
                    yield _Candidate(note, found, row["id"], bool(row["read"]))
                seen.add(text.lower())


def _said_by_memories(db: Database) -> dict[int, list[frozenset[str]]]:
    """The content words of the memories that came from a message, by its id."""
    found: dict[int, list[frozenset[str]]] = defaultdict(list)
    rows = db.query("SELECT message_id, text FROM memories WHERE message_id IS NOT NULL")
    for row in rows:
        found[row["message_id"]].append(stems(row["text"]))
    return found


def _weights(candidates: Sequence[_Candidate], wanted: frozenset[str]) -> dict[str, float]:
    """What each wanted word counts: the more, the fewer candidates have it."""
    seen_in = Counter(stem for candidate in candidates for stem in candidate.stems & wanted)
    return {stem: math.log(1 + len(candidates) / (1 + seen_in[stem])) for stem in wanted}


def _ranked(
    candidates: Sequence[_Candidate], weight: dict[str, float], threshold: float
) -> list[_Candidate]:
    """Those that hold enough of the wanted words, best first, among equals the newest first."""
    compared = sum(sorted(weight.values(), reverse=True)[:_COMPARED_WORDS]) or 1.0
    scored = [
        (sum(weight[stem] for stem in candidate.stems & weight.keys()) / compared, candidate)
        for candidate in candidates
    ]
    enough = [(score, candidate) for score, candidate in scored if score >= threshold]
    enough.sort(key=lambda pair: (pair[0], pair[1].order), reverse=True)
    return [candidate for _, candidate in enough]
