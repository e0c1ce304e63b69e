-- What nodes do with networks, unless they are told otherwise as they start.
ALTER TABLE settings ADD COLUMN mode INTEGER NOT NULL DEFAULT 0 CHECK (mode BETWEEN 0 AND 3); -- 0: auto, 1: lan, 2: internet, 3: offline
ALTER TABLE settings ADD COLUMN discovery INTEGER NOT NULL DEFAULT 0 CHECK (discovery BETWEEN 0 AND 2); -- 0: on, 1: hidden, 2: off
ALTER TABLE settings ADD COLUMN relay INTEGER NOT NULL DEFAULT 1 CHECK (relay IN (0, 1));
ALTER TABLE settings ADD COLUMN dht INTEGER NOT NULL DEFAULT 1 CHECK (dht IN (0, 1));
ALTER TABLE settings ADD COLUMN port_mapping INTEGER NOT NULL DEFAULT 1 CHECK (port_mapping IN (0, 1));
ALTER TABLE settings ADD COLUMN mailbox INTEGER NOT NULL DEFAULT 0 CHECK (mailbox IN (0, 1));
ALTER TABLE settings ADD COLUMN listen TEXT NOT NULL DEFAULT ''; -- multiaddrs, with a space between them; empty: every interface
ALTER TABLE settings ADD COLUMN bootstrap TEXT NOT NULL DEFAULT ''; -- multiaddrs, with a space between them
