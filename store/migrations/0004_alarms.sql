-- Contacts who are held off until their safety words are compared again.

ALTER TABLE contacts ADD COLUMN alarm INTEGER NOT NULL DEFAULT 0
    CHECK (alarm BETWEEN 0 AND 2); -- 0: none, 1: a new device, 2: statements that contradict
