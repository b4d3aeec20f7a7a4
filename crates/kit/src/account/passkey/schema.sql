-- Passkeys: what an authenticator showed of itself when it was enrolled (a public key, no secret), and its last count.
CREATE TABLE passkey (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  credential JSON NOT NULL,
  counter BIGINT NOT NULL,
  created_at INSTANT NOT NULL,
  used_at INSTANT,
  revoked_at INSTANT
);
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id);
CREATE INDEX passkey_account ON passkey (account);

-- What was asked of a browser and not answered yet, sealed, so that any node can check the answer. Without an account when
-- somebody asks under a name that has no passkey, which must look the same.
CREATE TABLE passkey_ceremony (
  id UUID PRIMARY KEY,
  account UUID REFERENCES account (id),
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  expires_at INSTANT NOT NULL
);
CREATE INDEX passkey_ceremony_account ON passkey_ceremony (account);
CREATE INDEX passkey_ceremony_expiry ON passkey_ceremony (expires_at);
