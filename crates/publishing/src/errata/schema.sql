-- Errors that people report on pages (网站找错). What they wrote stays as they wrote it; who they are, if they say so, is sealed.
CREATE TABLE errata_report (
  id UUID PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  page TEXT NOT NULL,
  document UUID REFERENCES document (id),
  unit UUID REFERENCES unit (id),
  kind TEXT NOT NULL,
  words TEXT NOT NULL,
  contact TEXT,
  code_hash TEXT NOT NULL,
  received_at INSTANT NOT NULL,
  settled_at INSTANT,
  settled_as TEXT
);
CREATE INDEX errata_report_unit ON errata_report (unit, settled_at);

-- What happened to a report: passed on, answered, closed.
CREATE TABLE errata_step (
  id UUID PRIMARY KEY,
  report UUID NOT NULL REFERENCES errata_report (id),
  at INSTANT NOT NULL,
  account UUID,
  actor_name TEXT NOT NULL,
  what TEXT NOT NULL,
  unit UUID REFERENCES unit (id),
  words TEXT NOT NULL
);
CREATE INDEX errata_step_report ON errata_step (report);
