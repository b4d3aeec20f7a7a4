-- Uploads that become rows: one row for each file, and its rows in blocks.
CREATE TABLE intake (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  digest TEXT NOT NULL,
  blob TEXT,
  file_name TEXT NOT NULL,
  state TEXT NOT NULL,
  head JSON NOT NULL,
  row_count INTEGER NOT NULL,
  bad_count INTEGER NOT NULL,
  block_count INTEGER NOT NULL,
  next_block INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  known INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  uploaded_by UUID,
  uploaded_name TEXT NOT NULL,
  uploaded_at INSTANT NOT NULL,
  confirmed_by UUID,
  confirmed_name TEXT,
  confirmed_at INSTANT,
  stopped TEXT,
  ended_at INSTANT
);
-- The same file of one kind stands here once, as long as its rows do.
CREATE UNIQUE INDEX intake_same ON intake (kind, digest) WHERE state <> 'discarded' AND state <> 'forgotten';
CREATE INDEX intake_kind ON intake (kind, uploaded_at);
-- Rows and what became of them may name persons; both are sealed, and deleted some days after the report.
CREATE TABLE intake_block (
  id UUID PRIMARY KEY,
  intake UUID NOT NULL REFERENCES intake (id),
  no INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  bad_count INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  known INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  entries TEXT NOT NULL,
  outcomes TEXT,
  UNIQUE (intake, no)
);
