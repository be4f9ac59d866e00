-- Decks have editions, each kept as it was imported; rates have more terms; and beside what the
-- carrier charges stands what the tenant pays. Units are those of 00001. Tiers are written as people
-- write them, "sat,sun 0.04 | after 600 0.08": hours and days are those of the edition's zone, and
-- on a leg, which stands alone, the zone is written behind them, "sat,sun 0.04 @ Europe/Rome".

-- +goose Up

-- Views see the tables as they were; they are made again at the end.
DROP VIEW calls;
DROP VIEW charges_readable;
DROP VIEW ledger_daily;
DROP VIEW ledger_monthly;
DROP VIEW rates_readable;

-- deck is a deck and its edition, "default@3", or '' where no deck gave the price. sold is the rate
-- that the tenant pays where there is one, a JSON object with the names of the columns of rates.
ALTER TABLE legs ADD COLUMN deck TEXT NOT NULL DEFAULT '';
ALTER TABLE legs ADD COLUMN minimum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN grace INTEGER NOT NULL DEFAULT 0;
ALTER TABLE legs ADD COLUMN tiers TEXT NOT NULL DEFAULT '';
ALTER TABLE legs ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
ALTER TABLE legs ADD COLUMN rate_valid_until INTEGER;
ALTER TABLE legs ADD COLUMN sold TEXT;

-- Until now tenants paid what the carrier charged.
ALTER TABLE charges ADD COLUMN price INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_days ADD COLUMN price INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_months ADD COLUMN price INTEGER NOT NULL DEFAULT 0;
UPDATE charges SET price = amount;
UPDATE ledger_days SET price = cost;
UPDATE ledger_months SET price = cost;

-- The name alone was unique, and SQLite takes that from no table: so both are made anew.
ALTER TABLE decks RENAME TO decks_before;
ALTER TABLE rates RENAME TO rates_before;

-- One row for each edition. valid_from NULL is always; timezone is that of all its tiers; file and
-- digest (SHA-256, hexadecimal) are those of the imported file, '' where they are not known.
CREATE TABLE decks (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    edition    INTEGER NOT NULL,
    currency   TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    valid_from INTEGER,
    saved      INTEGER NOT NULL,
    timezone   TEXT    NOT NULL,
    file       TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    UNIQUE (name, edition)
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
    minimum         INTEGER NOT NULL,
    grace           INTEGER NOT NULL,
    tiers           TEXT    NOT NULL,
    closed          INTEGER NOT NULL CHECK (closed IN (0, 1)),
    valid_from      INTEGER,
    valid_until     INTEGER,
    PRIMARY KEY (deck, position)
) STRICT, WITHOUT ROWID;

INSERT INTO decks (id, name, edition, currency, size, valid_from, saved, timezone, file, digest)
SELECT id, name, 1, currency, size, NULL, saved, 'UTC', '', '' FROM decks_before;

INSERT INTO rates (deck, position, prefix, route, per_minute, connect, first_increment, next_increment, minimum, grace,
       tiers, closed, valid_from, valid_until)
SELECT deck, position, prefix, route, per_minute, connect, first_increment, next_increment, 0, 0,
       '', 0, valid_from, NULL
FROM rates_before ORDER BY deck, position;

DROP TABLE rates_before;
DROP TABLE decks_before;

CREATE VIEW calls AS
SELECT l.id, l.server, l.tenant, l.extension, l.dialled, l.number, l.country, l.international, l.deck, l.route,
       l.per_minute / 1000000.0 AS price_per_minute,
       json_extract(l.sold, '$.per_minute') / 1000000.0 AS sold_per_minute,
       l.day, l.answered_day,
       strftime('%Y-%m-%dT%H:%M:%fZ', l.started / 1000000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%fZ', l.answered / 1000000.0, 'unixepoch') AS answered,
       strftime('%Y-%m-%dT%H:%M:%fZ', l.ended / 1000000.0, 'unixepoch') AS ended,
       coalesce((SELECT sum(c.billed_seconds) FROM charges c WHERE c.server = l.server AND c.leg = l.id), 0)
           AS billed_seconds,
       coalesce((SELECT sum(c.amount) FROM charges c WHERE c.server = l.server AND c.leg = l.id), 0) / 1000000.0
           AS cost,
       coalesce((SELECT sum(c.price) FROM charges c WHERE c.server = l.server AND c.leg = l.id), 0) / 1000000.0
           AS price,
       l.recorded_seconds, l.estimated, l.verdict, l.reason, l.cause, l.paid_by, l.name AS channel
FROM legs l;

CREATE VIEW charges_readable AS
SELECT server, leg, day, kind, tenant, extension,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000000.0, 'unixepoch') AS at,
       amount / 1000000.0 AS amount, price / 1000000.0 AS price, billed_seconds, estimated
FROM charges;

CREATE VIEW ledger_daily AS
SELECT period AS day, tenant, extension, cost / 1000000.0 AS cost, price / 1000000.0 AS price, billed_seconds, calls,
       attempts
FROM ledger_days;

CREATE VIEW ledger_monthly AS
SELECT period AS month, tenant, extension, cost / 1000000.0 AS cost, price / 1000000.0 AS price, billed_seconds, calls,
       attempts
FROM ledger_months;

CREATE VIEW decks_readable AS
SELECT name AS deck, edition, currency, size AS rates,
       strftime('%Y-%m-%dT%H:%M:%fZ', valid_from / 1000000.0, 'unixepoch') AS valid_from,
       strftime('%Y-%m-%dT%H:%M:%fZ', saved / 1000000.0, 'unixepoch') AS saved,
       timezone, file, digest
FROM decks;

CREATE VIEW rates_readable AS
SELECT d.name AS deck, d.edition, d.currency, r.prefix, r.route, r.per_minute / 1000000.0 AS price_per_minute,
       r.connect / 1000000.0 AS connect_fee, r.first_increment, r.next_increment, r.minimum, r.grace, r.tiers, r.closed,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.valid_from / 1000000.0, 'unixepoch') AS valid_from,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.valid_until / 1000000.0, 'unixepoch') AS valid_until
FROM rates r JOIN decks d ON d.id = r.deck;
