-- Devices that may lack something that was done to a room on this one.
CREATE TABLE owed_control (
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32),
    is_sealed INTEGER NOT NULL CHECK (is_sealed IN (0, 1)), -- 1: all of it is in envelopes under way
    PRIMARY KEY (conversation, device)
) STRICT, WITHOUT ROWID;

-- What letters brought of rooms that are not ours yet, as it travels.
CREATE TABLE mailed_control (
    number INTEGER NOT NULL PRIMARY KEY,
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    device BLOB NOT NULL CHECK (length(device) = 32), -- whose letter it was
    said BLOB NOT NULL
) STRICT;

-- Our latest receipt to each person. Before, the latest to anybody was kept among those of others.
CREATE TABLE own_receipts (
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    person BLOB NOT NULL CHECK (length(person) = 32),
    number INTEGER NOT NULL CHECK (number >= 0),
    signed BLOB NOT NULL,
    PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;

-- What was done to which room an envelope tells; NULL: nothing of that.
ALTER TABLE deposits ADD COLUMN room BLOB CHECK (length(room) = 32);
