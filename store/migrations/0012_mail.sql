-- Keys of sealed envelopes: ratchets, whose state is replaced with every use and must then be gone.
-- When rows are moved from one page to another, secure_delete leaves copies of them behind. The padding
-- fills what of a row is kept among others, so that all of the state is in pages of its own, which are
-- overwritten when they are let go and never moved.
CREATE TABLE pairs (
    device BLOB NOT NULL PRIMARY KEY CHECK (length(device) = 32),
    padding BLOB NOT NULL DEFAULT (zeroblob(1024)) CHECK (length(padding) = 1024),
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One in each conversation: that by which this device writes.
CREATE TABLE sender_chains (
    conversation BLOB NOT NULL PRIMARY KEY CHECK (length(conversation) = 32),
    padding BLOB NOT NULL DEFAULT (zeroblob(1024)) CHECK (length(padding) = 1024),
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The devices that those were handed to.
CREATE TABLE chain_readers (
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32),
    PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;

-- Those by which other devices write.
CREATE TABLE receiver_chains (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    padding BLOB NOT NULL DEFAULT (zeroblob(1024)) CHECK (length(padding) = 1024),
    state BLOB NOT NULL
) STRICT, WITHOUT ROWID;
