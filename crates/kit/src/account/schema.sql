-- Sign-in for the real world. A session begun by a password alone opens nothing until its second factor has been given.
ALTER TABLE session ADD COLUMN stage TEXT NOT NULL DEFAULT 'open';
ALTER TABLE session ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN proved_at INSTANT;

-- The secret an authenticator app shares with us, sealed, and the last step of time a code was taken for.
CREATE TABLE second_factor (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  secret TEXT NOT NULL,
  last_step BIGINT NOT NULL,
  created_at INSTANT NOT NULL,
  confirmed_at INSTANT
);
CREATE UNIQUE INDEX second_factor_account ON second_factor (account);

-- Codes for the day the telephone is lost, as keyed hashes.
CREATE TABLE recovery_code (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  code_hash TEXT NOT NULL,
  created_at INSTANT NOT NULL,
  used_at INSTANT
);
CREATE INDEX recovery_code_account ON recovery_code (account);

-- What an account's holder is shown of its own sign-ins, good and bad.
CREATE TABLE sign_in_trail (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  at INSTANT NOT NULL,
  outcome TEXT NOT NULL,
  browser TEXT NOT NULL,
  network TEXT NOT NULL
);
CREATE INDEX sign_in_trail_account ON sign_in_trail (account, at);

-- A form that waits, sealed, until its sender has proved again who they are.
CREATE TABLE held_form (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  act TEXT NOT NULL,
  path TEXT NOT NULL,
  fields TEXT NOT NULL,
  expires_at INSTANT NOT NULL
);
CREATE INDEX held_form_account ON held_form (account);

-- Somebody left and handed their work over; what was handed over stands here as it was called on that day.
CREATE TABLE departure (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  successor UUID NOT NULL REFERENCES account (id),
  left_on DATE NOT NULL,
  items JSON NOT NULL,
  grants JSON NOT NULL,
  at INSTANT NOT NULL,
  actor_name TEXT NOT NULL
);
CREATE INDEX departure_account ON departure (account);
