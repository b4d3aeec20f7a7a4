-- Jobs: what a command leaves to be done after it, written in its own transaction.
CREATE TABLE job (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  class TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  payload JSON NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  run_at INSTANT NOT NULL,
  holder UUID,
  fence BIGINT NOT NULL,
  lease_until INSTANT,
  last_error TEXT NOT NULL,
  created_at INSTANT NOT NULL,
  ended_at INSTANT
);
CREATE UNIQUE INDEX job_key ON job (kind, idempotency_key);
CREATE INDEX job_waiting ON job (class, kind, run_at, id) WHERE state = 'waiting';
CREATE INDEX job_running ON job (class, lease_until) WHERE state = 'running';
CREATE INDEX job_ended ON job (state, ended_at) WHERE ended_at IS NOT NULL;
