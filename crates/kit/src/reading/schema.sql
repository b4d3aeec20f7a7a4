-- Who has looked at personal data: one row for every look, written before the value is shown, never changed.
CREATE TABLE reading (
  id UUID PRIMARY KEY,
  at INSTANT NOT NULL,
  account UUID,
  actor_name TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id UUID NOT NULL,
  fields TEXT NOT NULL,
  reason TEXT
);
CREATE INDEX reading_subject ON reading (subject_id, at);
CREATE INDEX reading_account ON reading (account, at);
CREATE INDEX reading_at ON reading (at);
