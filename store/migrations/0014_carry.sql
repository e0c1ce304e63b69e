-- What is known of each envelope that is kept for others, or is on its way to them. All of it is read at every
-- start, so the bytes lie apart. Nothing here says who sealed it or whom it is for.
CREATE TABLE carried (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    tag BLOB NOT NULL CHECK (length(tag) = 16),
    lifetime_hours INTEGER NOT NULL CHECK (lifetime_hours BETWEEN 0 AND 65535),
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 255),
    purge BLOB NOT NULL CHECK (length(purge) = 32),
    bytes INTEGER NOT NULL CHECK (bytes >= 0), -- how many
    expires_at INTEGER NOT NULL CHECK (expires_at >= 0), -- as carry_time counts
    hops INTEGER NOT NULL CHECK (hops BETWEEN 0 AND 255),
    copies INTEGER NOT NULL CHECK (copies BETWEEN 0 AND 255),
    tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3), -- 0: own, 1: contact, 2: friend, 3: stranger
    depositor BLOB NOT NULL CHECK (length(depositor) = 8)
) STRICT, WITHOUT ROWID;

-- The envelopes as they travel. By number, so that what comes is written at the end and not in between.
CREATE TABLE carried_bytes (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE REFERENCES carried (id),
    bytes BLOB NOT NULL
) STRICT;

-- What was purged, by the purge hash in the headers of what must not come back.
CREATE TABLE tombstones (
    purge BLOB NOT NULL PRIMARY KEY CHECK (length(purge) = 32),
    preimage BLOB NOT NULL CHECK (length(preimage) = 32),
    until INTEGER NOT NULL CHECK (until >= 0) -- as carry_time counts
) STRICT, WITHOUT ROWID;

-- Milliseconds during which this device has run, all runs together; no row: none were noted.
CREATE TABLE carry_time (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    millis INTEGER NOT NULL CHECK (millis >= 0)
) STRICT;

-- The envelopes that this device sealed. The preimage of the purge hash is secret; the padding keeps it in a
-- page of its own, as that of pairs does.
CREATE TABLE deposits (
    envelope BLOB NOT NULL PRIMARY KEY CHECK (length(envelope) = 32),
    device BLOB CHECK (length(device) = 32), -- NULL: to all who read our chain in a room
    people BLOB NOT NULL, -- CBOR array of persons
    actor BLOB CHECK (length(actor) = 32), -- NULL: no operation is enclosed
    first INTEGER CHECK (first >= 0), -- NULL with the actor
    last INTEGER CHECK (last >= 0), -- NULL with the actor
    padding BLOB NOT NULL DEFAULT (zeroblob(1024)) CHECK (length(padding) = 1024),
    purge BLOB NOT NULL CHECK (length(purge) = 32),
    CHECK ((actor IS NULL) = (first IS NULL) AND (actor IS NULL) = (last IS NULL))
) STRICT, WITHOUT ROWID;

-- Who promised to keep those.
CREATE TABLE custodies (
    envelope BLOB NOT NULL CHECK (length(envelope) = 32),
    holder BLOB NOT NULL CHECK (length(holder) = 32),
    until INTEGER NOT NULL CHECK (until >= 0), -- as carry_time counts
    PRIMARY KEY (envelope, holder)
) STRICT, WITHOUT ROWID;
