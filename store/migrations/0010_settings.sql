-- What our person has chosen for the whole profile. No row: nothing was said.
CREATE TABLE settings (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
    rooms_accept INTEGER NOT NULL CHECK (rooms_accept IN (0, 1)) -- whose invitations, by themselves; 0: contacts', 1: nobody's
) STRICT;
