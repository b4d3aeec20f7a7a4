-- Who took over an edition from somebody who left. History is not rewritten; whoever has charge of an edition counts among
-- those who prepared it, and does not approve it.
CREATE TABLE edition_charge (
  id UUID PRIMARY KEY,
  edition UUID NOT NULL REFERENCES edition (id),
  account UUID NOT NULL REFERENCES account (id),
  taken_from UUID NOT NULL REFERENCES account (id),
  at INSTANT NOT NULL
);
CREATE UNIQUE INDEX edition_charge_one ON edition_charge (edition, account);
CREATE INDEX edition_charge_account ON edition_charge (account);
