-- What proves the ledger, what is left of deleted calls, and which guard has a server. Units are
-- those of 00001.

-- +goose Up

-- A day's charges and legs can be added up without reading all days.
CREATE INDEX charges_by_day ON charges (day, tenant, extension);
CREATE INDEX legs_by_day ON legs (day, tenant, extension);

-- What deleted legs were: the attempts of a day and the calls that were answered in it.
CREATE TABLE pruned_legs (
    day       TEXT    NOT NULL,
    tenant    TEXT    NOT NULL,
    extension TEXT    NOT NULL,
    calls     INTEGER NOT NULL,
    attempts  INTEGER NOT NULL,
    PRIMARY KEY (day, tenant, extension)
) STRICT, WITHOUT ROWID;

-- One row for each server that a guard has; holder is how the guard names itself.
CREATE TABLE leases (
    server TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
