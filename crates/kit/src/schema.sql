-- The audit record: one row for every deed, never changed.
CREATE TABLE audit_entry (
  id UUID PRIMARY KEY,
  at INSTANT NOT NULL,
  account UUID,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id UUID NOT NULL,
  unit UUID,
  detail JSON NOT NULL
);
CREATE INDEX audit_entry_subject ON audit_entry (subject_id);
CREATE INDEX audit_entry_at ON audit_entry (at);

-- The register of organs. Names are dated rows, so that a document of 2018 still bears the name of 2018.
CREATE TABLE unit (
  id UUID PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  parent UUID REFERENCES unit (id),
  established_on DATE,
  ended_on DATE,
  successor UUID REFERENCES unit (id),
  position INTEGER NOT NULL,
  source TEXT NOT NULL,
  contact TEXT NOT NULL
);
CREATE TABLE unit_name (
  id UUID PRIMARY KEY,
  unit UUID NOT NULL REFERENCES unit (id),
  full_name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  valid_from DATE,
  valid_to DATE,
  reason TEXT NOT NULL
);
CREATE UNIQUE INDEX unit_name_current ON unit_name (unit) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX unit_name_short ON unit_name (short_name) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX unit_name_full ON unit_name (full_name) WHERE valid_to IS NULL;
CREATE TABLE unit_group (
  unit UUID NOT NULL REFERENCES unit (id),
  name TEXT NOT NULL,
  PRIMARY KEY (unit, name)
);

-- Accounts hold posts, not invented persons: the name is that of the post until the office enters who holds it.
CREATE TABLE account (
  id UUID PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT,
  disabled_at INSTANT,
  created_at INSTANT NOT NULL
);
CREATE TABLE role_grant (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  role TEXT NOT NULL,
  unit UUID REFERENCES unit (id),
  granted_at INSTANT NOT NULL,
  revoked_at INSTANT
);
CREATE INDEX role_grant_account ON role_grant (account);
CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  form_token TEXT NOT NULL,
  created_at INSTANT NOT NULL,
  last_used_at INSTANT NOT NULL,
  expires_at INSTANT NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE TABLE sign_in_link (
  token_hash TEXT PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  created_at INSTANT NOT NULL,
  expires_at INSTANT NOT NULL,
  used_at INSTANT
);
CREATE TABLE throttle (
  key_hash TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at INSTANT NOT NULL
);
