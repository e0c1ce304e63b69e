-- What our person has begun to write in a conversation. No row: nothing.
CREATE TABLE drafts (
    conversation BLOB NOT NULL PRIMARY KEY CHECK (length(conversation) = 32),
    text TEXT NOT NULL CHECK (text <> '')
) STRICT, WITHOUT ROWID;
