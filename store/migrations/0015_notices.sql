-- What is said nearby, as it travels: no secret of anybody's. Read whole at every start, and bounded.
CREATE TABLE notices (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    bytes BLOB NOT NULL,
    kept_at INTEGER NOT NULL CHECK (kept_at >= 0), -- as carry_time counts
    expires_at INTEGER NOT NULL CHECK (expires_at >= 0), -- as carry_time counts
    hops INTEGER NOT NULL CHECK (hops BETWEEN 0 AND 255),
    depositor BLOB NOT NULL CHECK (length(depositor) = 8),
    received_at INTEGER NOT NULL CHECK (received_at >= 0) -- milliseconds since 1970
) STRICT, WITHOUT ROWID;

-- Up to which number the notices of a key are over, so that none comes back.
CREATE TABLE passed_notices (
    key BLOB NOT NULL CHECK (length(key) = 32),
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 255), -- as on the wire
    number INTEGER NOT NULL CHECK (number >= 0),
    at INTEGER NOT NULL CHECK (at >= 0), -- as carry_time counts
    PRIMARY KEY (key, kind)
) STRICT, WITHOUT ROWID;

-- By which key this device says something nearby. The padding keeps the secret in a page of its own, as that of
-- pairs does.
CREATE TABLE nearby_key (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL CHECK (number >= 0), -- of the latest notice
    padding BLOB NOT NULL DEFAULT (zeroblob(1024)) CHECK (length(padding) = 1024),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT, WITHOUT ROWID;

-- Whether it is shown, kept and passed on.
ALTER TABLE settings ADD COLUMN nearby INTEGER NOT NULL DEFAULT 1 CHECK (nearby IN (0, 1));
