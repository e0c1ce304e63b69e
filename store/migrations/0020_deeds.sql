-- Projection: what was done to conversations as such, as people are told of it between the messages. Of rooms it is
-- what their control operations come to, as the protocol tells it; of others, how long messages were to stay.
CREATE TABLE deeds (
    operation BLOB NOT NULL PRIMARY KEY CHECK (length(operation) = 32), -- at whose place it stands
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    logical INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    person BLOB NOT NULL CHECK (length(person) = 32), -- who did it
    what BLOB NOT NULL -- CBOR: deed kind
) STRICT, WITHOUT ROWID;

CREATE INDEX deeds_by_order ON deeds (conversation, logical, wall, operation);
