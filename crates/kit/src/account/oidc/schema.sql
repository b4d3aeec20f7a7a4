-- Whom the identity provider means by a subject. The provider says who somebody is, never what they may do.
CREATE TABLE oidc_link (
  id UUID PRIMARY KEY,
  account UUID NOT NULL REFERENCES account (id),
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  linked_at INSTANT NOT NULL
);
CREATE UNIQUE INDEX oidc_link_subject ON oidc_link (issuer, subject);
CREATE UNIQUE INDEX oidc_link_account ON oidc_link (account, issuer);

-- Somebody is on the way to the provider and back: known by a hash of the state, bound to a browser by a hash of its
-- cookie, good once. The account is set when somebody signed in wants to link their own.
CREATE TABLE oidc_pending (
  id UUID PRIMARY KEY,
  state_hash TEXT NOT NULL,
  browser_hash TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  next_path TEXT NOT NULL,
  account UUID REFERENCES account (id),
  expires_at INSTANT NOT NULL
);
CREATE UNIQUE INDEX oidc_pending_state ON oidc_pending (state_hash);
CREATE INDEX oidc_pending_end ON oidc_pending (expires_at);
