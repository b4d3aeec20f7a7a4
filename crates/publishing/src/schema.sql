-- A document is what stays the same while its text changes: its unit, its kind, and once released its address.
CREATE TABLE document (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  unit UUID NOT NULL REFERENCES unit (id),
  path TEXT UNIQUE,
  index_number TEXT UNIQUE,
  source_key TEXT UNIQUE,
  public_state TEXT,
  created_at INSTANT NOT NULL,
  created_by UUID REFERENCES account (id)
);
CREATE INDEX document_unit ON document (unit);

-- Revisions are never changed. Statutory metadata are columns.
CREATE TABLE revision (
  id UUID PRIMARY KEY,
  document UUID NOT NULL REFERENCES document (id),
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  issuer TEXT NOT NULL,
  doc_number TEXT,
  written_on DATE,
  theme TEXT NOT NULL,
  category TEXT NOT NULL,
  attribute TEXT,
  ground TEXT,
  attribute_reason TEXT NOT NULL,
  effective_from DATE,
  valid_until DATE,
  repealed_from DATE,
  summary TEXT NOT NULL,
  origin TEXT NOT NULL,
  content TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  source_blob TEXT,
  source_name TEXT,
  notices JSON NOT NULL,
  created_at INSTANT NOT NULL,
  created_by UUID REFERENCES account (id)
);
CREATE UNIQUE INDEX revision_number ON revision (document, number);
CREATE INDEX revision_doc_number ON revision (doc_number);
CREATE TABLE revision_file (
  id UUID PRIMARY KEY,
  revision UUID NOT NULL REFERENCES revision (id),
  role TEXT NOT NULL,
  position INTEGER NOT NULL,
  blob TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL
);
CREATE INDEX revision_file_revision ON revision_file (revision);

-- An edition is one round from draft to release. A document has at most one being prepared and at most one in public.
CREATE TABLE edition (
  id UUID PRIMARY KEY,
  document UUID NOT NULL REFERENCES document (id),
  number INTEGER NOT NULL,
  revision UUID NOT NULL REFERENCES revision (id),
  state TEXT NOT NULL,
  is_draft BOOLEAN NOT NULL,
  is_live BOOLEAN NOT NULL,
  created_at INSTANT NOT NULL
);
CREATE UNIQUE INDEX edition_number ON edition (document, number);
CREATE UNIQUE INDEX edition_one_draft ON edition (document) WHERE is_draft;
CREATE UNIQUE INDEX edition_one_live ON edition (document) WHERE is_live;
CREATE INDEX edition_state ON edition (state);

-- What happened to an edition, in order; never changed.
CREATE TABLE edition_status (
  id UUID PRIMARY KEY,
  edition UUID NOT NULL REFERENCES edition (id),
  revision UUID NOT NULL REFERENCES revision (id),
  state TEXT NOT NULL,
  remark TEXT NOT NULL,
  at INSTANT NOT NULL,
  account UUID REFERENCES account (id),
  actor_name TEXT NOT NULL
);
CREATE INDEX edition_status_edition ON edition_status (edition);

-- Making a revision public is a release.
CREATE TABLE document_release (
  id UUID PRIMARY KEY,
  document UUID NOT NULL REFERENCES document (id),
  edition UUID NOT NULL REFERENCES edition (id),
  revision UUID NOT NULL REFERENCES revision (id),
  published_at INSTANT NOT NULL,
  note TEXT NOT NULL,
  at INSTANT NOT NULL,
  account UUID REFERENCES account (id)
);
CREATE INDEX document_release_document ON document_release (document);

-- The journal: written unsequenced in the command's transaction, numbered afterwards without gaps.
CREATE TABLE journal_entry (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  document UUID NOT NULL REFERENCES document (id),
  revision UUID NOT NULL REFERENCES revision (id),
  path TEXT NOT NULL,
  reason TEXT NOT NULL,
  successor TEXT,
  effective_on DATE NOT NULL,
  salt BYTES NOT NULL,
  commitment TEXT NOT NULL,
  at INSTANT NOT NULL,
  position BIGINT UNIQUE,
  sequenced_at INSTANT
);
CREATE INDEX journal_entry_document ON journal_entry (document);
CREATE INDEX journal_entry_unsequenced ON journal_entry (id) WHERE position IS NULL;
CREATE TABLE sequencer_lease (
  name TEXT PRIMARY KEY,
  holder UUID NOT NULL,
  fence BIGINT NOT NULL,
  expires_at INSTANT NOT NULL
);

-- Serial numbers of index numbers and addresses, by year.
CREATE TABLE release_serial (
  year INTEGER PRIMARY KEY,
  last INTEGER NOT NULL
);

-- What has to be public: entered by the office that oversees, never by the unit that owes it.
CREATE TABLE expected_release (
  id UUID PRIMARY KEY,
  unit UUID NOT NULL REFERENCES unit (id),
  topic TEXT NOT NULL,
  title TEXT NOT NULL,
  due_on DATE NOT NULL,
  basis TEXT NOT NULL,
  document UUID REFERENCES document (id),
  entered_at INSTANT NOT NULL,
  entered_by UUID REFERENCES account (id),
  withdrawn_at INSTANT,
  withdrawn_reason TEXT NOT NULL
);
CREATE INDEX expected_release_topic ON expected_release (topic);
CREATE UNIQUE INDEX expected_release_one ON expected_release (unit, topic, title) WHERE withdrawn_at IS NULL;

-- How many documents a unit has numbered in a year, as its office of records reports to the district's.
CREATE TABLE number_sequence (
  id UUID PRIMARY KEY,
  unit UUID NOT NULL REFERENCES unit (id),
  code TEXT NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  entered_at INSTANT NOT NULL,
  entered_by UUID REFERENCES account (id)
);
CREATE UNIQUE INDEX number_sequence_one ON number_sequence (code, year);
