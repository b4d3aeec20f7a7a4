-- Notices on the desk: what somebody is told, asked or urged to do.
CREATE TABLE notice (
  id UUID PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  event TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  items JSON NOT NULL,
  link TEXT NOT NULL,
  due_on DATE,
  unit UUID REFERENCES unit (id),
  issued_by UUID,
  issuer_name TEXT NOT NULL,
  issued_at INSTANT NOT NULL,
  closed_at INSTANT,
  closer_name TEXT NOT NULL,
  closing_note TEXT NOT NULL
);
CREATE UNIQUE INDEX notice_once ON notice (kind, subject, event);
CREATE INDEX notice_ledger ON notice (issued_at) WHERE kind = 'urge' OR kind = 'supervise';

-- One row for every account that got a notice.
CREATE TABLE notice_receipt (
  id UUID PRIMARY KEY,
  notice UUID NOT NULL REFERENCES notice (id),
  account UUID NOT NULL REFERENCES account (id),
  part TEXT NOT NULL,
  issued_at INSTANT NOT NULL,
  delivered_at INSTANT,
  read_at INSTANT,
  acknowledged_at INSTANT,
  reply TEXT NOT NULL
);
CREATE UNIQUE INDEX notice_receipt_once ON notice_receipt (notice, account);
CREATE INDEX notice_receipt_list ON notice_receipt (account, issued_at);
CREATE INDEX notice_receipt_unread ON notice_receipt (account) WHERE read_at IS NULL;

-- What an account wants beside the desk, kind by kind; no row means the desk alone.
CREATE TABLE notice_way (
  account UUID NOT NULL REFERENCES account (id),
  kind TEXT NOT NULL,
  mail BOOLEAN NOT NULL,
  sms BOOLEAN NOT NULL,
  PRIMARY KEY (account, kind)
);
