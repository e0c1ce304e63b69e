-- A conversation's oldest unread message is found without going through those before it.
CREATE INDEX messages_unread_by_order ON messages (conversation, logical, wall) WHERE read = 0;
