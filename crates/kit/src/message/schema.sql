-- Messages out: what is to be sent, was sent or could not be sent. Recipient, subject, text and answer are sealed, and null
-- once they have been wiped; what happened, when and by which template stays.
CREATE TABLE message (
  id UUID PRIMARY KEY,
  channel TEXT NOT NULL,
  template TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  about TEXT,
  about_id UUID,
  recipient TEXT,
  recipient_index TEXT,
  subject TEXT,
  body TEXT,
  answer TEXT,
  state TEXT NOT NULL,
  why TEXT NOT NULL,
  delivery_key TEXT,
  round INTEGER NOT NULL,
  parked BOOLEAN NOT NULL,
  tries INTEGER NOT NULL,
  trying_since INSTANT,
  may_be_double BOOLEAN NOT NULL,
  created_at INSTANT NOT NULL,
  first_try_at INSTANT,
  last_try_at INSTANT,
  ended_at INSTANT,
  wiped_at INSTANT
);
CREATE UNIQUE INDEX message_key ON message (channel, idempotency_key);
CREATE UNIQUE INDEX message_delivery ON message (delivery_key);
CREATE INDEX message_state ON message (state, created_at);
CREATE INDEX message_recipient ON message (recipient_index, created_at);
CREATE INDEX message_to_wipe ON message (ended_at) WHERE wiped_at IS NULL;

-- Where an account wants to be reached. Nothing but a code goes there before its holder has confirmed it.
CREATE TABLE message_address (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  address_index TEXT NOT NULL,
  state TEXT NOT NULL,
  paused BOOLEAN NOT NULL,
  code_hash TEXT,
  code_until INSTANT,
  wrong_codes INTEGER NOT NULL,
  codes_sent INTEGER NOT NULL,
  changed_at INSTANT NOT NULL
);
CREATE UNIQUE INDEX message_address_of ON message_address (account, channel);
CREATE INDEX message_address_index ON message_address (address_index);

-- Returned mail that no message could be found for, or that says nothing certain: somebody has to look.
CREATE TABLE message_stray (
  id UUID PRIMARY KEY,
  content_hash TEXT NOT NULL UNIQUE,
  reason TEXT NOT NULL,
  excerpt TEXT,
  received_at INSTANT NOT NULL,
  cleared_at INSTANT,
  cleared_by TEXT,
  note TEXT
);
CREATE INDEX message_stray_open ON message_stray (received_at) WHERE cleared_at IS NULL;
