-- Amounts are millionths of the currency, times are microseconds since 1970-01-01 UTC (NULL is
-- none), days are local ("2026-11-21"), months are local ("2026-11"). The views at the end show
-- the same in readable units: administrators' queries belong there. SQLite has no exact decimals, so
-- a sum over many rows of a view can be off in its last digits: round it, or add up the table's
-- millionths and divide once.

-- +goose Up

-- "fgrd": the mark by which the program knows its own files.
PRAGMA application_id = 1718055524;

CREATE TABLE legs (
    server           TEXT    NOT NULL,
    id               TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    tenant           TEXT    NOT NULL,
    extension        TEXT    NOT NULL,
    paid_by          TEXT    NOT NULL,
    dialled          TEXT    NOT NULL,
    number           TEXT    NOT NULL,
    country          TEXT    NOT NULL,
    international    INTEGER NOT NULL CHECK (international IN (0, 1)),
    retried          INTEGER NOT NULL CHECK (retried IN (0, 1)),
    priced           INTEGER NOT NULL CHECK (priced IN (0, 1)),
    rate_prefix      TEXT    NOT NULL,
    route            TEXT    NOT NULL,
    per_minute       INTEGER NOT NULL,
    connect          INTEGER NOT NULL,
    first_increment  INTEGER NOT NULL,
    next_increment   INTEGER NOT NULL,
    rate_valid_from  INTEGER,
    day              TEXT    NOT NULL,
    answered_day     TEXT    NOT NULL,
    started          INTEGER NOT NULL,
    answered         INTEGER,
    ended            INTEGER,
    limited_until    INTEGER,
    estimated        INTEGER NOT NULL CHECK (estimated IN (0, 1)),
    verdict          TEXT    NOT NULL,
    reason           TEXT    NOT NULL,
    cause            INTEGER NOT NULL,
    recorded_seconds INTEGER,
    PRIMARY KEY (server, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX legs_by_start ON legs (started);
CREATE INDEX legs_by_account ON legs (tenant, extension, started);
CREATE INDEX legs_live ON legs (started) WHERE ended IS NULL;

-- A charge names its leg, but does not need it: money is kept even where the leg is not.
CREATE TABLE charges (
    server         TEXT    NOT NULL,
    leg            TEXT    NOT NULL,
    day            TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    tenant         TEXT    NOT NULL,
    extension      TEXT    NOT NULL,
    at             INTEGER,
    amount         INTEGER NOT NULL,
    billed_seconds INTEGER NOT NULL,
    estimated      INTEGER NOT NULL CHECK (estimated IN (0, 1)),
    PRIMARY KEY (server, leg, day, kind)
) STRICT, WITHOUT ROWID;

-- The period comes first in the key: the rows that are written together, those of today, then lie
-- together, and a guard that starts reads one month in one piece.
CREATE TABLE ledger_days (
    period         TEXT    NOT NULL,
    tenant         TEXT    NOT NULL,
    extension      TEXT    NOT NULL,
    cost           INTEGER NOT NULL,
    billed_seconds INTEGER NOT NULL,
    calls          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    PRIMARY KEY (period, tenant, extension)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_months (
    period         TEXT    NOT NULL,
    tenant         TEXT    NOT NULL,
    extension      TEXT    NOT NULL,
    cost           INTEGER NOT NULL,
    billed_seconds INTEGER NOT NULL,
    calls          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    PRIMARY KEY (period, tenant, extension)
) STRICT, WITHOUT ROWID;

-- evidence is a JSON array of {"name", "value"}, actions a JSON array of strings.
CREATE TABLE incidents (
    id        TEXT    NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL,
    server    TEXT    NOT NULL,
    rule      TEXT    NOT NULL,
    tenant    TEXT    NOT NULL,
    extension TEXT    NOT NULL,
    number    TEXT    NOT NULL,
    leg       TEXT    NOT NULL,
    seen      TEXT    NOT NULL,
    evidence  TEXT    NOT NULL,
    actions   TEXT    NOT NULL,
    observed  INTEGER NOT NULL CHECK (observed IN (0, 1)),
    urgent    INTEGER NOT NULL CHECK (urgent IN (0, 1))
) STRICT;

CREATE INDEX incidents_by_time ON incidents (at);

CREATE TABLE blocks (
    id        TEXT    NOT NULL PRIMARY KEY,
    tenant    TEXT    NOT NULL,
    extension TEXT    NOT NULL,
    number    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER,
    lifted    INTEGER,
    lifted_by TEXT    NOT NULL
) STRICT;

CREATE INDEX blocks_in_force ON blocks (since) WHERE lifted IS NULL;

-- One row for each incident and channel that is to tell it.
CREATE TABLE outbox (
    id       INTEGER NOT NULL PRIMARY KEY,
    channel  TEXT    NOT NULL,
    incident TEXT    NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent     INTEGER,
    reason   TEXT    NOT NULL DEFAULT '',
    UNIQUE (incident, channel)
) STRICT;

CREATE INDEX outbox_waiting ON outbox (channel, due) WHERE sent IS NULL;

CREATE TABLE decks (
    id       INTEGER NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    currency TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    saved    INTEGER NOT NULL
) STRICT;

CREATE TABLE rates (
    deck            INTEGER NOT NULL REFERENCES decks (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    prefix          TEXT    NOT NULL,
    route           TEXT    NOT NULL,
    per_minute      INTEGER NOT NULL,
    connect         INTEGER NOT NULL,
    first_increment INTEGER NOT NULL,
    next_increment  INTEGER NOT NULL,
    valid_from      INTEGER,
    PRIMARY KEY (deck, position)
) STRICT, WITHOUT ROWID;

CREATE VIEW calls AS
SELECT l.id, l.server, l.tenant, l.extension, l.dialled, l.number, l.country, l.international, l.route,
       l.per_minute / 1000000.0 AS price_per_minute,
       l.day, l.answered_day,
       strftime('%Y-%m-%dT%H:%M:%fZ', l.started / 1000000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%fZ', l.answered / 1000000.0, 'unixepoch') AS answered,
       strftime('%Y-%m-%dT%H:%M:%fZ', l.ended / 1000000.0, 'unixepoch') AS ended,
       coalesce((SELECT sum(c.billed_seconds) FROM charges c WHERE c.server = l.server AND c.leg = l.id), 0)
           AS billed_seconds,
       coalesce((SELECT sum(c.amount) FROM charges c WHERE c.server = l.server AND c.leg = l.id), 0) / 1000000.0
           AS cost,
       l.recorded_seconds, l.estimated, l.verdict, l.reason, l.cause, l.paid_by, l.name AS channel
FROM legs l;

CREATE VIEW charges_readable AS
SELECT server, leg, day, kind, tenant, extension,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000000.0, 'unixepoch') AS at,
       amount / 1000000.0 AS amount, billed_seconds, estimated
FROM charges;

CREATE VIEW ledger_daily AS
SELECT period AS day, tenant, extension, cost / 1000000.0 AS cost, billed_seconds, calls, attempts
FROM ledger_days;

CREATE VIEW ledger_monthly AS
SELECT period AS month, tenant, extension, cost / 1000000.0 AS cost, billed_seconds, calls, attempts
FROM ledger_months;

CREATE VIEW incidents_readable AS
SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000000.0, 'unixepoch') AS at, server, rule, tenant, extension,
       number, leg, seen, evidence, actions, observed, urgent
FROM incidents;

CREATE VIEW blocks_readable AS
SELECT id, tenant, extension, number, reason, source,
       strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000000.0, 'unixepoch') AS since,
       strftime('%Y-%m-%dT%H:%M:%fZ', until / 1000000.0, 'unixepoch') AS until,
       strftime('%Y-%m-%dT%H:%M:%fZ', lifted / 1000000.0, 'unixepoch') AS lifted,
       lifted_by
FROM blocks;

CREATE VIEW outbox_readable AS
SELECT id, channel, incident,
       strftime('%Y-%m-%dT%H:%M:%fZ', due / 1000000.0, 'unixepoch') AS due, attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', sent / 1000000.0, 'unixepoch') AS sent, reason
FROM outbox;

CREATE VIEW rates_readable AS
SELECT d.name AS deck, d.currency, r.prefix, r.route, r.per_minute / 1000000.0 AS price_per_minute,
       r.connect / 1000000.0 AS connect_fee, r.first_increment, r.next_increment,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.valid_from / 1000000.0, 'unixepoch') AS valid_from
FROM rates r JOIN decks d ON d.id = r.deck;
