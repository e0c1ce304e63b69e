-- Edits, deletions, reactions, pins and lifetimes: operations that act on messages and make none.

ALTER TABLE operations ADD COLUMN kind INTEGER NOT NULL DEFAULT 1;
ALTER TABLE operations ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)); -- deleted for us alone

ALTER TABLE operations ADD COLUMN target BLOB CHECK (length(target) = 32); -- NULL: acts on nothing

CREATE INDEX operations_by_target ON operations (target) WHERE target IS NOT NULL;

-- Projection, made anew: a deleted message keeps its row and loses its body.
DROP TABLE messages;

CREATE TABLE messages (
    operation INTEGER NOT NULL PRIMARY KEY REFERENCES operations (number),
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    form INTEGER NOT NULL CHECK (form BETWEEN 0 AND 2), -- 0: text, 1: needs a newer version, 2: deleted
    text TEXT NOT NULL,
    edited INTEGER NOT NULL CHECK (edited IN (0, 1)),
    pinned INTEGER NOT NULL CHECK (pinned IN (0, 1)),
    reply_to BLOB CHECK (length(reply_to) = 32), -- NULL: no reply
    expires_at INTEGER, -- NULL: never
    read INTEGER NOT NULL CHECK (read IN (0, 1))
) STRICT;

CREATE INDEX messages_by_order ON messages (conversation, logical, wall);
CREATE INDEX messages_unread ON messages (conversation) WHERE read = 0;
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL;

-- Projection: the latest word of each person on each message, by kind and for reactions by emoji.
CREATE TABLE annotations (
    target BLOB NOT NULL CHECK (length(target) = 32), -- may not be here
    kind INTEGER NOT NULL,
    person BLOB NOT NULL CHECK (length(person) = 32),
    emoji TEXT NOT NULL, -- of a reaction
    operation INTEGER NOT NULL REFERENCES operations (number),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    text TEXT NOT NULL, -- of an edit
    state INTEGER NOT NULL CHECK (state IN (0, 1)), -- 0: taken back
    PRIMARY KEY (target, kind, person, emoji)
) STRICT, WITHOUT ROWID;

-- Projection: the latest word on how long the messages of a conversation stay.
CREATE TABLE lifetimes (
    conversation BLOB NOT NULL PRIMARY KEY CHECK (length(conversation) = 32),
    operation INTEGER NOT NULL REFERENCES operations (number),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    seconds INTEGER -- NULL: for ever
) STRICT, WITHOUT ROWID;
