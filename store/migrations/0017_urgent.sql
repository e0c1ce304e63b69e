-- Messages of ours that carriers are to take before others.
CREATE TABLE urgent (
    operation INTEGER NOT NULL PRIMARY KEY REFERENCES operations (number)
) STRICT;
