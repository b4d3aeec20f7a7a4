-- How a series writes its numbers, once the office has set it; until then what the program proposes holds.
CREATE TABLE number_series (
  name TEXT PRIMARY KEY,
  format TEXT NOT NULL,
  set_at INSTANT NOT NULL,
  set_by UUID REFERENCES account (id)
);

-- How far a series has come in a year. The row is locked by who issues, until that transaction ends.
CREATE TABLE number_counter (
  series TEXT NOT NULL,
  year INTEGER NOT NULL,
  given_before BIGINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (series, year)
);

-- Numbers given out. A void stays with its reason; nothing is deleted and no number is given twice.
CREATE TABLE issued_number (
  id UUID PRIMARY KEY,
  series TEXT NOT NULL,
  year INTEGER NOT NULL,
  serial BIGINT NOT NULL,
  text TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  subject_id UUID NOT NULL,
  at INSTANT NOT NULL,
  account UUID REFERENCES account (id),
  actor_name TEXT NOT NULL,
  voided_at INSTANT,
  void_reason TEXT NOT NULL,
  voided_by UUID REFERENCES account (id),
  voided_by_name TEXT NOT NULL
);
CREATE UNIQUE INDEX issued_number_serial ON issued_number (series, year, serial);
CREATE INDEX issued_number_subject ON issued_number (subject_id);
