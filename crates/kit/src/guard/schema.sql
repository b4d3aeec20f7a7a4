-- What is counted against misuse, by a keyed hash of what is counted: never an address or a name. Moments are microseconds,
-- because both databases reckon with numbers alike.
CREATE TABLE guard_count (
  key_hash TEXT PRIMARY KEY,
  n INTEGER NOT NULL,
  until BIGINT NOT NULL,
  forget_at BIGINT NOT NULL
);
CREATE INDEX guard_count_forget_at ON guard_count (forget_at);

-- Tickets of anonymous forms that have been used; kept until they would have expired anyway.
CREATE TABLE guard_spent (
  ticket TEXT PRIMARY KEY,
  forget_at BIGINT NOT NULL
);
CREATE INDEX guard_spent_forget_at ON guard_spent (forget_at);
