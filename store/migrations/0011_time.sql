-- When a message was written, but no later than it came here: what messages of several conversations
-- are ordered by. Made anew with the other projections.
ALTER TABLE messages ADD COLUMN shown_at INTEGER NOT NULL DEFAULT 0;

CREATE INDEX messages_by_time ON messages (shown_at);
CREATE INDEX messages_pinned ON messages (conversation, logical, wall) WHERE pinned = 1;
CREATE INDEX messages_pinned_by_time ON messages (shown_at) WHERE pinned = 1;
CREATE INDEX messages_unread_by_time ON messages (shown_at) WHERE read = 0;
