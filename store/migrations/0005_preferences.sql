-- What our person wants of a conversation on this device. No row: nothing was said.
CREATE TABLE preferences (
    conversation BLOB NOT NULL PRIMARY KEY CHECK (length(conversation) = 32),
    muted INTEGER NOT NULL CHECK (muted IN (0, 1)),
    archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
    read_receipts INTEGER NOT NULL CHECK (read_receipts IN (0, 1))
) STRICT, WITHOUT ROWID;
