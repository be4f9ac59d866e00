-- What proves the ledger, what is left of deleted calls, and which guard has a server: SQLite's 00004.
-- Units are those of 00001.

-- +goose Up

-- A day's charges and legs can be added up without reading all days.
CREATE INDEX charges_by_day ON charges (day, tenant, extension);
CREATE INDEX legs_by_day ON legs (day, tenant, extension);

-- What deleted legs were: the attempts of a day and the calls that were answered in it.
CREATE TABLE pruned_legs (
    day       text COLLATE "C" NOT NULL,
    tenant    text COLLATE "C" NOT NULL,
    extension text COLLATE "C" NOT NULL,
    calls     bigint NOT NULL,
    attempts  bigint NOT NULL,
    PRIMARY KEY (day, tenant, extension)
);

-- One row for each server that a guard has; holder is how the guard names itself.
CREATE TABLE leases (
    server text COLLATE "C" NOT NULL PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    since  bigint NOT NULL,
    until  bigint NOT NULL
);
