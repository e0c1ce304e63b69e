-- Counts and times of peers are 64-bit unsigned on the wire; what exceeds a signed integer is
-- stored as its maximum, and the header bytes, which are truth, keep the exact value.

CREATE TABLE identity (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
    secret BLOB NOT NULL
) STRICT;

CREATE TABLE invites (
    tag BLOB NOT NULL PRIMARY KEY CHECK (length(tag) = 16),
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    reusable INTEGER NOT NULL CHECK (reusable IN (0, 1)),
    answered BLOB NOT NULL -- CBOR: [[envelope id, answer], ...]
) STRICT, WITHOUT ROWID;

CREATE TABLE pending_joins (
    tag BLOB NOT NULL PRIMARY KEY CHECK (length(tag) = 16),
    secret BLOB NOT NULL,
    envelope BLOB NOT NULL,
    code BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
    person BLOB NOT NULL PRIMARY KEY CHECK (length(person) = 32),
    name TEXT NOT NULL,
    petname TEXT, -- NULL: none given
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    added_at INTEGER NOT NULL,
    met_by BLOB NOT NULL CHECK (length(met_by) = 16) -- tag of the invite or join
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
    device BLOB NOT NULL PRIMARY KEY CHECK (length(device) = 32),
    person BLOB NOT NULL CHECK (length(person) = 32),
    card BLOB NOT NULL,
    addresses BLOB NOT NULL -- CBOR: [multiaddr, ...], the latest first
) STRICT, WITHOUT ROWID;

CREATE TABLE contact_secrets (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    device BLOB NOT NULL CHECK (length(device) = 32),
    key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE actors (
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    actor BLOB NOT NULL CHECK (length(actor) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32),
    person BLOB NOT NULL CHECK (length(person) = 32),
    seq INTEGER NOT NULL CHECK (seq >= 0), -- held without a gap
    head BLOB CHECK (length(head) = 32), -- NULL: nothing held
    logical INTEGER NOT NULL,
    erased BLOB NOT NULL, -- CBOR: numbers held without a body
    read BLOB NOT NULL, -- CBOR: coverage
    PRIMARY KEY (conversation, actor)
) STRICT, WITHOUT ROWID;

-- Headers, append-only. One actor and seq may have several: an equivocation keeps its proof.
CREATE TABLE operations (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    conversation BLOB NOT NULL,
    actor BLOB NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    segment INTEGER NOT NULL,
    person BLOB NOT NULL CHECK (length(person) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32),
    mine INTEGER NOT NULL CHECK (mine IN (0, 1)),
    withheld INTEGER NOT NULL CHECK (withheld IN (0, 1)), -- body no longer served to others
    received_at INTEGER NOT NULL,
    header BLOB NOT NULL, -- as signed
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    FOREIGN KEY (conversation, actor) REFERENCES actors (conversation, actor)
) STRICT;

CREATE INDEX operations_by_actor ON operations (actor, seq);
CREATE INDEX operations_by_segment ON operations (conversation, segment, actor, seq);

-- What can be erased of an operation; no row: erased.
CREATE TABLE bodies (
    operation INTEGER NOT NULL PRIMARY KEY REFERENCES operations (number),
    salt BLOB NOT NULL CHECK (length(salt) = 32),
    bytes BLOB NOT NULL
) STRICT;

-- Projection of headers, bodies and actors: what a screen shows, rebuilt at will. No body: no row.
CREATE TABLE messages (
    operation INTEGER NOT NULL PRIMARY KEY REFERENCES operations (number),
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    form INTEGER NOT NULL CHECK (form IN (0, 1)), -- 0: text, 1: needs a newer version
    text TEXT NOT NULL,
    reply_to BLOB CHECK (length(reply_to) = 32), -- NULL: no reply
    expires_at INTEGER, -- NULL: never
    read INTEGER NOT NULL CHECK (read IN (0, 1))
) STRICT;

CREATE INDEX messages_by_order ON messages (conversation, logical, wall);
CREATE INDEX messages_unread ON messages (conversation) WHERE read = 0;

-- The people that messages are for, so that a delivery takes few bytes.
CREATE TABLE people (
    number INTEGER NOT NULL PRIMARY KEY,
    person BLOB NOT NULL UNIQUE CHECK (length(person) = 32)
) STRICT;

-- State: 0-15 failed, by reason; 16 queued, 17 carried, 18 delivered, 19 read. The order is that
-- of the protocol, so that the least state of a message is the least number.
CREATE TABLE deliveries (
    operation INTEGER NOT NULL REFERENCES operations (number),
    person INTEGER NOT NULL REFERENCES people (number),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 19),
    PRIMARY KEY (operation, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_open ON deliveries (operation, person, state) WHERE state < 18;

-- The arrival log: one row a message, moved to the end when the message changes. A position is
-- never given twice. Change: 0 new, 1 edited, 2 deleted, 3 reaction, 4 state.
CREATE TABLE arrivals (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL UNIQUE REFERENCES operations (number),
    change INTEGER NOT NULL CHECK (change BETWEEN 0 AND 4)
) STRICT;

CREATE TABLE receipts (
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32),
    number INTEGER NOT NULL,
    signed BLOB NOT NULL, -- CBOR: signed receipt
    PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    number INTEGER NOT NULL PRIMARY KEY,
    request BLOB NOT NULL UNIQUE CHECK (length(request) = 16),
    outcome BLOB NOT NULL, -- CBOR: outcome
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE cursors (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL CHECK (position >= 0)
) STRICT, WITHOUT ROWID;
