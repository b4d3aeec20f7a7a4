-- A task breakdown as imported. What was read from the file stays as it was read; answers and corrections stand beside it.
CREATE TABLE breakdown (
  id UUID PRIMARY KEY,
  year INTEGER NOT NULL,
  title TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  file_name TEXT NOT NULL,
  blob TEXT NOT NULL,
  draft JSON NOT NULL,
  answers JSON NOT NULL,
  state TEXT NOT NULL,
  office UUID REFERENCES unit (id),
  imported_by TEXT NOT NULL,
  imported_at INSTANT NOT NULL,
  adopted_by TEXT,
  adopted_at INSTANT,
  set_aside_reason TEXT
);
-- The same table is one breakdown, and one breakdown is in force for a year, also when two people act at once.
CREATE UNIQUE INDEX breakdown_fingerprint ON breakdown (fingerprint);
CREATE UNIQUE INDEX breakdown_year ON breakdown (year) WHERE state = 'adopted';

CREATE TABLE breakdown_task (
  id UUID PRIMARY KEY,
  breakdown UUID NOT NULL REFERENCES breakdown (id),
  no INTEGER NOT NULL,
  position INTEGER NOT NULL,
  chapter TEXT NOT NULL,
  section TEXT NOT NULL,
  title TEXT NOT NULL,
  requirement TEXT NOT NULL,
  leads JSON NOT NULL,
  lead_note TEXT,
  responsible_text TEXT NOT NULL,
  due_text TEXT,
  claims TEXT NOT NULL,
  claims_due_on DATE,
  claims_settled_at INSTANT
);
CREATE UNIQUE INDEX breakdown_task_no ON breakdown_task (breakdown, no);

CREATE TABLE breakdown_assignment (
  id UUID PRIMARY KEY,
  task UUID NOT NULL REFERENCES breakdown_task (id),
  unit UUID NOT NULL REFERENCES unit (id),
  part TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL,
  limit_on DATE NOT NULL,
  reporting JSON NOT NULL,
  office_section TEXT NOT NULL,
  contact TEXT NOT NULL,
  note TEXT NOT NULL,
  proposed_by TEXT,
  proposal TEXT,
  objection TEXT,
  decision TEXT,
  created_at INSTANT NOT NULL,
  active_from DATE,
  withdrawn_on DATE
);
CREATE UNIQUE INDEX breakdown_assignment_one ON breakdown_assignment (task, unit, part) WHERE state <> 'withdrawn';
CREATE INDEX breakdown_assignment_task ON breakdown_assignment (task);
CREATE INDEX breakdown_assignment_unit ON breakdown_assignment (unit);

-- Which measures a task is measured by: data, put in from a library and changed by the district's office.
CREATE TABLE breakdown_binding (
  id UUID PRIMARY KEY,
  task UUID NOT NULL REFERENCES breakdown_task (id),
  measure TEXT NOT NULL,
  topic TEXT NOT NULL
);
CREATE UNIQUE INDEX breakdown_binding_one ON breakdown_binding (task, measure, topic);

-- Evidence (佐证): work without a trace in the platform, accepted by a second person.
CREATE TABLE breakdown_record (
  id UUID PRIMARY KEY,
  task UUID NOT NULL REFERENCES breakdown_task (id),
  unit UUID NOT NULL REFERENCES unit (id),
  part TEXT NOT NULL,
  reporting_on DATE NOT NULL,
  title TEXT NOT NULL,
  done TEXT NOT NULL,
  done_on DATE NOT NULL,
  submitted_by UUID NOT NULL,
  submitted_name TEXT NOT NULL,
  submitted_at INSTANT NOT NULL,
  decision TEXT,
  decided_by UUID,
  decided_name TEXT,
  decided_at INSTANT,
  reason TEXT NOT NULL,
  CHECK (decided_by IS NULL OR decided_by <> submitted_by)
);
CREATE UNIQUE INDEX breakdown_record_one ON breakdown_record (task, unit, part, reporting_on)
  WHERE decision IS NULL OR decision = 'accepted';
CREATE INDEX breakdown_record_task ON breakdown_record (task);
CREATE TABLE breakdown_record_file (
  record UUID NOT NULL REFERENCES breakdown_record (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  blob TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (record, position)
);

-- A signed answer 本期无此事项. It covers reporting dates up to the day it expires, and somebody else spot-checks it.
CREATE TABLE breakdown_nil (
  id UUID PRIMARY KEY,
  task UUID NOT NULL REFERENCES breakdown_task (id),
  unit UUID NOT NULL REFERENCES unit (id),
  part TEXT NOT NULL,
  reporting_on DATE NOT NULL,
  expires_on DATE NOT NULL,
  reason TEXT NOT NULL,
  signed_by UUID NOT NULL,
  signed_name TEXT NOT NULL,
  signed_at INSTANT NOT NULL,
  finding TEXT,
  checked_by UUID,
  checked_name TEXT,
  checked_at INSTANT,
  check_note TEXT NOT NULL,
  CHECK (checked_by IS NULL OR checked_by <> signed_by)
);
CREATE UNIQUE INDEX breakdown_nil_one ON breakdown_nil (task, unit, part, reporting_on)
  WHERE finding IS NULL OR finding = 'upheld';
CREATE INDEX breakdown_nil_task ON breakdown_nil (task);
