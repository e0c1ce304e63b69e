-- Projection: who deleted which message, by a word that is here, whether or not it counts.
CREATE TABLE deletions (
    target BLOB NOT NULL CHECK (length(target) = 32), -- may not be here
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    person BLOB NOT NULL CHECK (length(person) = 32),
    PRIMARY KEY (target, conversation, person)
) STRICT, WITHOUT ROWID;
