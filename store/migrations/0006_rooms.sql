-- Rooms: their control operations, what those come to, and what of content counts by it.

CREATE TABLE controls (
    number INTEGER NOT NULL PRIMARY KEY, -- in the order in which they were held
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    person BLOB NOT NULL CHECK (length(person) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32),
    admission BLOB NOT NULL CHECK (length(admission) = 32),
    operation BLOB NOT NULL -- CBOR: signed operation
) STRICT;

-- What the control operations of a room come to, as the protocol decides it.
CREATE TABLE rooms (
    conversation BLOB NOT NULL PRIMARY KEY CHECK (length(conversation) = 32),
    standing INTEGER NOT NULL CHECK (standing BETWEEN 0 AND 3), -- 0: invited, 1: joined, 2: left, 3: removed
    title TEXT NOT NULL,
    disappears_after INTEGER CHECK (disappears_after BETWEEN 0 AND 4294967295), -- NULL: it stays
    invited_by BLOB CHECK (length(invited_by) = 32), -- NULL: a room of our own
    needs_newer_version INTEGER NOT NULL CHECK (needs_newer_version IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE room_members (
    conversation BLOB NOT NULL REFERENCES rooms (conversation),
    person BLOB NOT NULL CHECK (length(person) = 32),
    role INTEGER NOT NULL CHECK (role IN (0, 1)), -- 0: member, 1: admin
    name TEXT NOT NULL,
    PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;

ALTER TABLE actors ADD COLUMN base INTEGER NOT NULL DEFAULT 0 CHECK (base >= 0); -- up to there: not for us
ALTER TABLE actors ADD COLUMN counts INTEGER CHECK (counts >= 0); -- how far it counts; NULL: all of it

CREATE INDEX actors_cut ON actors (actor, counts) WHERE counts IS NOT NULL;

-- Whether it waits for its person no longer. It counts again if it turns out to have arrived.
ALTER TABLE deliveries ADD COLUMN released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1));

DROP INDEX deliveries_open;
CREATE INDEX deliveries_open ON deliveries (operation, person, state, released) WHERE state < 18;

-- Projection, made anew: what does not count keeps a row that shows nothing.
DROP TABLE messages;

CREATE TABLE messages (
    operation INTEGER NOT NULL PRIMARY KEY REFERENCES operations (number),
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    form INTEGER NOT NULL CHECK (form BETWEEN 0 AND 3), -- 0: text, 1: needs a newer version, 2: deleted, 3: hidden
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
CREATE INDEX messages_hidden ON messages (conversation) WHERE form = 3;

-- Projection, made anew: a word of another conversation says nothing here.
DROP TABLE annotations;

CREATE TABLE annotations (
    target BLOB NOT NULL CHECK (length(target) = 32), -- may not be here
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    kind INTEGER NOT NULL,
    person BLOB NOT NULL CHECK (length(person) = 32),
    emoji TEXT NOT NULL, -- of a reaction
    operation INTEGER NOT NULL REFERENCES operations (number),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    text TEXT NOT NULL, -- of an edit
    state INTEGER NOT NULL CHECK (state IN (0, 1)), -- 0: taken back
    PRIMARY KEY (target, conversation, kind, person, emoji)
) STRICT, WITHOUT ROWID;
