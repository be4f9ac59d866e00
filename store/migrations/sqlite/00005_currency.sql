-- What the ledger is, in one row: the currency of all amounts, by its ISO code. A store that had none
-- takes that of the configuration with which a guard first starts.

-- +goose Up

CREATE TABLE ledger (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    currency TEXT    NOT NULL
) STRICT;
