-- Keys this database has used, without their secrets: so that a wrong or missing keyring shows at start and not in the
-- middle of somebody's work, and so that what was destroyed stays on record.
CREATE TABLE sealing_key (
  id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  first_seen_at INSTANT NOT NULL,
  destroyed_at INSTANT
);
