"""The journal's schema, as forward-only migrations.

A migration that was released is never edited; a change of mind is a new one at the end. Opening an
older journal applies what it lacks in one transaction; opening a newer one is refused, because an
old program could damage what it does not know. Tests start from the frozen first schema.
"""

import sqlite3
from typing import TYPE_CHECKING

from assistant.errors import ReverieError
from assistant.journal.records import digest

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

_FIRST = """
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    system TEXT,
    off_record INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL DEFAULT 'chat',
    approved INTEGER NOT NULL DEFAULT 1
);

-- AUTOINCREMENT: a night remembers the last message it read, so no id may ever come back.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    parent_id INTEGER REFERENCES messages(id) ON DELETE SET NULL ON UPDATE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    content TEXT NOT NULL,
    created TEXT NOT NULL,
    generation INTEGER,
    state TEXT NOT NULL DEFAULT 'complete',
    off_record INTEGER NOT NULL DEFAULT 0,
    writer TEXT
);
CREATE INDEX messages_conversation ON messages(conversation_id);
CREATE INDEX messages_parent ON messages(parent_id);
CREATE INDEX messages_roots ON messages(created) WHERE parent_id IS NULL;
CREATE INDEX messages_streaming ON messages(id) WHERE state = 'streaming';

-- A reply is indexed once, when it ends; what is off the record never is.
CREATE VIEW searchable AS
    SELECT id, content FROM messages WHERE state <> 'streaming' AND off_record = 0;
CREATE VIRTUAL TABLE messages_fts USING fts5(
    content, content='searchable', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages
WHEN new.state <> 'streaming' AND new.off_record = 0 BEGIN
    INSERT INTO messages_fts(rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER messages_fts_delete BEFORE DELETE ON messages
WHEN old.state <> 'streaming' AND old.off_record = 0 BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER messages_fts_update_old BEFORE UPDATE OF id, content, state, off_record ON messages
WHEN old.state <> 'streaming' AND old.off_record = 0 BEGIN
    INSERT INTO messages_fts(messages_fts, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER messages_fts_update_new AFTER UPDATE OF id, content, state, off_record ON messages
WHEN new.state <> 'streaming' AND new.off_record = 0 BEGIN
    INSERT INTO messages_fts(rowid, content) VALUES (new.id, new.content);
END;

CREATE TABLE memories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    message_id INTEGER REFERENCES messages(id) ON DELETE SET NULL ON UPDATE CASCADE,
    source TEXT NOT NULL DEFAULT '',
    night INTEGER,
    level INTEGER,
    expert TEXT,
    supersedes INTEGER REFERENCES memories(id) ON DELETE SET NULL,
    answer TEXT NOT NULL DEFAULT '',
    reason TEXT,
    created TEXT NOT NULL
);
CREATE INDEX memories_state ON memories(state);
CREATE INDEX memories_message ON memories(message_id);
CREATE INDEX memories_supersedes ON memories(supersedes);

CREATE TABLE lessons (
    id INTEGER PRIMARY KEY,
    memory_id INTEGER NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    split TEXT NOT NULL CHECK (split IN ('train', 'exam')),
    kind TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    expect TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX lessons_memory ON lessons(memory_id);

CREATE TABLE nights (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started TEXT NOT NULL,
    ended TEXT,
    status TEXT NOT NULL,
    reason TEXT,
    generation INTEGER,
    upto_message INTEGER,
    settings TEXT NOT NULL DEFAULT '{}',
    report TEXT,
    pid INTEGER
);

CREATE TABLE stages (
    night_id INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    seconds REAL,
    result TEXT,
    PRIMARY KEY (night_id, name)
);

CREATE TABLE exam_answers (
    id INTEGER PRIMARY KEY,
    night_id INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    part TEXT NOT NULL,
    question TEXT NOT NULL,
    expected TEXT NOT NULL DEFAULT '[]',
    before TEXT,
    after TEXT,
    passed INTEGER,
    memory_id INTEGER REFERENCES memories(id) ON DELETE CASCADE
);
CREATE INDEX exam_answers_night ON exam_answers(night_id);
CREATE INDEX exam_answers_memory ON exam_answers(memory_id);

CREATE TABLE generations (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    created TEXT NOT NULL,
    folder TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    status TEXT NOT NULL,
    night_id INTEGER,
    manifest TEXT NOT NULL DEFAULT '{}',
    holds_forgotten INTEGER NOT NULL DEFAULT 0
);

-- Switches that outlive a process, such as learning being paused.
CREATE TABLE switches (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def _run(db: "Database", script: str) -> None:
    """Every statement inside the caller's transaction, which `executescript` would end."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def first_schema(db: "Database") -> None:
    """Conversations, messages and their index, memories, lessons, nights, exams, generations."""
    _run(db, _FIRST)


def what_is_wrong_now(db: "Database") -> None:
    """The words that a correction made wrong: the exam checks that they no longer come."""
    db.execute("ALTER TABLE memories ADD COLUMN contradicts TEXT NOT NULL DEFAULT '[]'")


_WATCHED = """
-- What a running night tells those who watch it: one row a step, question or dream; data is JSON.
CREATE TABLE night_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    night_id INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    stage TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX night_events_night ON night_events(night_id, id);

-- Dreams with where they came from: state is rewarded, unrewarded, unselected or unsupported.
CREATE TABLE dreams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    night_id INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    round INTEGER NOT NULL,
    text TEXT NOT NULL,
    score REAL,
    state TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX dreams_night ON dreams(night_id);
CREATE TABLE dream_memories (
    dream_id INTEGER NOT NULL REFERENCES dreams(id) ON DELETE CASCADE,
    memory_id INTEGER NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    PRIMARY KEY (dream_id, memory_id)
);
CREATE INDEX dream_memories_memory ON dream_memories(memory_id);

-- Why a night that nobody asked for did or did not begin, pause or end.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    night_id INTEGER REFERENCES nights(id) ON DELETE SET NULL
);

-- What was typed and not yet sent, by conversation (0: a new one).
CREATE TABLE drafts (
    conversation_id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    updated TEXT NOT NULL
);
"""


def what_can_be_watched(db: "Database") -> None:
    """Live events of a night, dreams, decisions of the schedule, and drafts."""
    _run(db, _WATCHED)


_ACCOUNTED = """
-- Which memories a night's training saw, so that forgetting bars those models and no others. Not a
-- reference: a memory that is deleted while a night runs must still be known to have been taught.
CREATE TABLE taught (
    night_id INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    memory_id INTEGER NOT NULL,
    PRIMARY KEY (night_id, memory_id)
);
CREATE INDEX taught_memory ON taught(memory_id);
-- Nights from before this table: everything that existed by then counts as taught.
INSERT INTO taught SELECT generations.night_id, memories.id FROM generations, memories
    WHERE generations.night_id IN (SELECT id FROM nights)
    AND memories.created <= generations.created
    AND (memories.night NOT NULL OR memories.id IN (SELECT memory_id FROM lessons));

-- The night that this one is a gentler second try of.
ALTER TABLE nights ADD COLUMN retry_of INTEGER;

-- SHA-256 of what a message says, from the moment it is complete.
ALTER TABLE messages ADD COLUMN digest TEXT;
"""


def what_is_accounted_for(db: "Database") -> None:
    """What each night was taught, second tries, and a digest of every message."""
    _run(db, _ACCOUNTED)
    db.conn.create_function("digest_of", 3, digest, deterministic=True)
    db.execute(
        "UPDATE messages SET digest = digest_of(role, content, created) WHERE state <> 'streaming'"
    )


def naps_and_bases(db: "Database") -> None:
    """Which nights were naps, who began them, on which base; and what was served on each base."""
    db.execute("ALTER TABLE nights ADD COLUMN kind TEXT NOT NULL DEFAULT 'night'")
    db.execute("ALTER TABLE nights ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE nights ADD COLUMN base TEXT NOT NULL DEFAULT ''")
    db.execute(
        "CREATE TABLE bases (sha256 TEXT PRIMARY KEY, path TEXT NOT NULL,"
        " served INTEGER NOT NULL DEFAULT 0, used TEXT NOT NULL)"
    )


STEPS = (
    ("001_first_schema", first_schema),
    ("002_contradicts", what_is_wrong_now),
    ("003_watched", what_can_be_watched),
    ("004_accounted", what_is_accounted_for),
    ("005_away", naps_and_bases),
)
"""Every migration in the order of application; the names are recorded in the journal."""


def _migrations() -> "Migrations":
    from sqlite_utils import Migrations

    migrations = Migrations("reverie")
    for name, step in STEPS:
        migrations(name=name)(step)
    return migrations


def is_current(db: "Database") -> bool:
    """Whether the journal has exactly this program's schema; reads only.

    Raises ReverieError when it was written by a newer program.
    """
    applied = [migration.name for migration in _migrations().applied(db)]
    known = [name for name, _ in STEPS]
    unknown = [name for name in applied if name not in known]
    if unknown:
        raise ReverieError(
            f"The journal was written by a newer Reverie (it has '{unknown[-1]}')",
            "Update Reverie; this one does not touch it.",
        )
    return applied == known


def migrate(db: "Database") -> None:
    """Apply what is missing. The caller holds a write transaction, so two starts cannot race."""
    _migrations().apply(db)
