-- The journal as the first schema made it, with a little of everything in it. Frozen: never edit.

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

CREATE TABLE [_sqlite_migrations] (
   [id] INTEGER PRIMARY KEY, [migration_set] TEXT, [name] TEXT, [applied_at] TEXT
);
CREATE UNIQUE INDEX [idx__sqlite_migrations_migration_set_name]
    ON [_sqlite_migrations] ([migration_set], [name]);
INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
    VALUES ('reverie', '001_first_schema', '2026-11-23 15:00:00.000000+00:00');

INSERT INTO conversations (id, uuid, title, created, off_record, origin, approved) VALUES
    (1, 'a0eebc99', 'Dogs', '2026-11-23T15:00:00.000000+00:00', 0, 'chat', 1),
    (2, 'b1ffcd00', 'Old chats', '2026-11-23T15:01:00.000000+00:00', 0, 'import', 0);
INSERT INTO messages (id, conversation_id, parent_id, role, content, created, state, generation)
VALUES
    (1, 1, NULL, 'user', 'My dog is called Biscuit.',
     '2026-11-23T15:00:01.000000+00:00', 'complete', NULL),
    (2, 1, 1, 'assistant', 'A good name!', '2026-11-23T15:00:02.000000+00:00', 'stopped', 0),
    (3, 2, NULL, 'user', 'I lived in Leiden.',
     '2020-01-01T00:00:00.000000+00:00', 'complete', NULL);
INSERT INTO nights (id, started, ended, status, generation, upto_message, pid) VALUES
    (1, '2026-11-24T02:00:00.000000+00:00', '2026-11-24T02:10:00.000000+00:00', 'learned', 1, 2, 9);
INSERT INTO stages (night_id, name, started, seconds, result) VALUES
    (1, 'gather', '2026-11-24T02:00:00.000000+00:00', 0.5, '{}');
INSERT INTO memories (id, text, subject, state, message_id, source, night, level, answer, created)
VALUES
    (1, 'Your dog is called Biscuit.', 'dog', 'learned', 1, 'My dog is called Biscuit.', 1, 1,
     'Biscuit', '2026-11-24T02:01:00.000000+00:00');
INSERT INTO lessons (memory_id, split, kind, question, answer, expect) VALUES
    (1, 'train', 'direct', 'What is my dog called?', 'Biscuit', '["Biscuit"]');
INSERT INTO exam_answers (night_id, part, question, expected, before, after, passed, memory_id)
VALUES
    (1, 'new', 'Who is Biscuit?', '["dog"]', 'A snack.', 'Your dog.', 1, 1);
INSERT INTO generations (id, parent, created, folder, sha256, status, night_id) VALUES
    (1, 0, '2026-11-24T02:09:00.000000+00:00', '0001', 'abc', 'current', 1);
