"""Full-text search over the messages (SQLite FTS5), for queries as people type them."""

import re
from typing import TYPE_CHECKING

from assistant.journal.records import Hit, Message

if TYPE_CHECKING:
    from sqlite_utils import Database

_TERM = re.compile(r'"([^"]*)"|(\S+)')

_RANKED = 2000
"""Among so many matches the best are looked for; of more, the newest come: to rank means to read
them all, and words that are everywhere say little about which message is meant."""

_SQL = """
SELECT messages.*, conversations.title AS title, {score} AS score,
       snippet(messages_fts, 0, '[', ']', ' ... ', 16) AS snippet
FROM messages_fts
JOIN messages ON messages.id = messages_fts.rowid
JOIN conversations ON conversations.id = messages.conversation_id
WHERE messages_fts MATCH ?
ORDER BY {order}
LIMIT ?
"""
_BEST = _SQL.format(score="bm25(messages_fts)", order="rank, messages.id DESC")
_NEWEST = _SQL.format(score="0.0", order="messages_fts.rowid DESC")
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM messages_fts WHERE messages_fts MATCH ? LIMIT ?)"


def match_expression(query: str) -> str:
    """`query` in the language of FTS5 MATCH: all words, "phrases" as such, `word*` as a beginning.

    Everything is quoted, so no query is a syntax error. Empty when there is no letter or digit.
    """
    terms = []
    for phrase, word in _TERM.findall(query.replace("\0", " ")):
        text = phrase or word
        if any(character.isalnum() for character in text):
            quoted = text.rstrip("*").replace('"', '""')
            terms.append(f'"{quoted}"' + ("*" if word.endswith("*") else ""))
    return " ".join(terms)


def search(db: "Database", query: str, limit: int) -> list[Hit]:
    """The `limit` best messages that hold every word of `query`, best first.

    Where more than 2,000 hold them, the newest, newest first.
    """
    expression = match_expression(query)
    if not expression:
        return []
    many = db.execute(_COUNT, [expression, _RANKED + 1]).fetchone()[0] > _RANKED
    return [
        Hit(Message.of(row), row["title"], row["snippet"], row["score"])
        for row in db.query(_NEWEST if many else _BEST, [expression, limit])
    ]
