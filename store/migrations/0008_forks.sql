-- Proofs that a device forked its chain: two operations that it signed and that cannot both be in it.
CREATE TABLE forks (
    conversation BLOB NOT NULL CHECK (length(conversation) = 32),
    actor BLOB NOT NULL CHECK (length(actor) = 32),
    proof BLOB NOT NULL, -- CBOR: signed fork
    PRIMARY KEY (conversation, actor)
) STRICT, WITHOUT ROWID;

-- How far an author counts is from now on the lower of these two.
ALTER TABLE actors ADD COLUMN cut INTEGER CHECK (cut >= 0); -- by the room's control; NULL: all of it
ALTER TABLE actors ADD COLUMN fork INTEGER CHECK (fork >= 0); -- up to where its chain is one; NULL: no fork is known
UPDATE actors SET cut = counts;

DROP INDEX actors_cut;
CREATE INDEX actors_cut ON actors (actor, cut) WHERE cut IS NOT NULL;

-- Whether it is shown although it does not count: it is beyond a fork, and was here before that was known.
ALTER TABLE messages ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1));
