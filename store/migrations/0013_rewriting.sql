-- Whether anything was erased of which copies may lie in pages that SQLite rearranged, and when the file was
-- last written anew without them, in milliseconds since 1970. What was erased by earlier programs counts.
CREATE TABLE rewriting (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    due INTEGER NOT NULL CHECK (due IN (0, 1)),
    done_at INTEGER NOT NULL
) STRICT;

INSERT INTO rewriting (one, due, done_at) VALUES (1, 1, 0);
