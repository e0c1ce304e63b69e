-- The words of messages, each row under its operation's number. Words alone, cut and written by
-- src/search.rs: the text is in messages. What is removed is told again and leaves no trace.
CREATE VIRTUAL TABLE search USING fts5 (
    terms,
    content = '',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* P* S* C*'" -- at blanks alone
);

INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

-- The rules by which the words were cut. Others than the program's: all are cut anew.
CREATE TABLE indexing (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
    rules TEXT NOT NULL
) STRICT;

INSERT INTO indexing (number, rules) VALUES (1, '');
