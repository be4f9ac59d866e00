-- What the ledger is, in one row: SQLite's 00005. A store that had none takes the currency of the
-- configuration with which a guard first starts.

-- +goose Up

CREATE TABLE ledger (
    one      bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    currency text COLLATE "C" NOT NULL
);
