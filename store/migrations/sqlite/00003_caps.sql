-- Caps that people set at run time; what they count besides money: international seconds, and the
-- seconds of each route in a day; and blocks on more than an extension or a number. Units are those
-- of 00001.

-- +goose Up

-- Views see the tables as they were; they are made again at the end.
DROP VIEW charges_readable;
DROP VIEW ledger_daily;
DROP VIEW ledger_monthly;
DROP VIEW blocks_readable;

-- One row for each cap that lies over the configuration's; who set which and took which away when is
-- in the incidents. subject is "acme/101", "acme/*", "*/*", "acme" or "*"; kind is the cap's key in
-- the configuration. value is in the units of the kind: millionths, seconds, a count or per cent;
-- NULL is no cap.
CREATE TABLE caps (
    subject TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    value   INTEGER CHECK (value >= 0),
    who     TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (subject, kind)
) STRICT, WITHOUT ROWID;

-- What was charged until now is told apart by the leg; where that is gone, it counts as national and
-- of no route.
ALTER TABLE charges ADD COLUMN international INTEGER NOT NULL DEFAULT 0 CHECK (international IN (0, 1));
ALTER TABLE charges ADD COLUMN route TEXT NOT NULL DEFAULT '';
UPDATE charges SET (international, route) = (l.international, l.route)
FROM legs l WHERE l.server = charges.server AND l.id = charges.leg;

ALTER TABLE ledger_days ADD COLUMN international_seconds INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_months ADD COLUMN international_seconds INTEGER NOT NULL DEFAULT 0;
UPDATE ledger_days SET international_seconds = c.seconds
FROM (SELECT day, tenant, extension, sum(billed_seconds) AS seconds FROM charges WHERE international
      GROUP BY day, tenant, extension) c
WHERE c.day = period AND c.tenant = ledger_days.tenant AND c.extension = ledger_days.extension;
UPDATE ledger_months SET international_seconds = c.seconds
FROM (SELECT substr(day, 1, 7) AS month, tenant, extension, sum(billed_seconds) AS seconds FROM charges WHERE international
      GROUP BY 1, tenant, extension) c
WHERE c.month = period AND c.tenant = ledger_months.tenant AND c.extension = ledger_months.extension;

-- route is that of the rate, '' where there was none.
CREATE TABLE ledger_routes (
    day            TEXT    NOT NULL,
    tenant         TEXT    NOT NULL,
    extension      TEXT    NOT NULL,
    route          TEXT    NOT NULL,
    billed_seconds INTEGER NOT NULL,
    PRIMARY KEY (day, tenant, extension, route)
) STRICT, WITHOUT ROWID;

INSERT INTO ledger_routes (day, tenant, extension, route, billed_seconds)
SELECT day, tenant, extension, route, sum(billed_seconds) FROM charges GROUP BY day, tenant, extension, route;

-- A block is on what is not '' or 0: an extension (tenant and extension), all of a tenant (tenant
-- alone), a number, a prefix, a country, a server, everything; or on an extension's calls to one
-- number, where both are there.
ALTER TABLE blocks ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE blocks ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE blocks ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE blocks ADD COLUMN everything INTEGER NOT NULL DEFAULT 0 CHECK (everything IN (0, 1));

CREATE VIEW charges_readable AS
SELECT server, leg, day, kind, tenant, extension,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000000.0, 'unixepoch') AS at,
       amount / 1000000.0 AS amount, price / 1000000.0 AS price, billed_seconds, international, route, estimated
FROM charges;

CREATE VIEW ledger_daily AS
SELECT period AS day, tenant, extension, cost / 1000000.0 AS cost, price / 1000000.0 AS price, billed_seconds,
       international_seconds, calls, attempts
FROM ledger_days;

CREATE VIEW ledger_monthly AS
SELECT period AS month, tenant, extension, cost / 1000000.0 AS cost, price / 1000000.0 AS price, billed_seconds,
       international_seconds, calls, attempts
FROM ledger_months;

CREATE VIEW ledger_daily_routes AS
SELECT day, tenant, extension, route, billed_seconds
FROM ledger_routes;

-- value as people write it: money, whole minutes, a count, per cent.
CREATE VIEW caps_readable AS
SELECT subject, kind,
       CASE WHEN value IS NULL THEN 'none'
            WHEN kind LIKE '%cost%' THEN value / 1000000.0
            WHEN kind LIKE '%minutes%' THEN (value + 59) / 60
            ELSE value END AS value,
       who, strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000000.0, 'unixepoch') AS at
FROM caps;

CREATE VIEW blocks_readable AS
SELECT id,
       CASE WHEN everything THEN 'everything'
            WHEN prefix <> '' THEN '+' || prefix || '*'
            WHEN country <> '' THEN 'country:' || country
            WHEN server <> '' THEN 'server:' || server
            WHEN tenant = '' AND extension = '' THEN '+' || number
            ELSE tenant || '/' || CASE extension WHEN '' THEN '*' ELSE extension END
                 || CASE number WHEN '' THEN '' ELSE ':+' || number END
       END AS target,
       tenant, extension, number, prefix, country, server, everything, reason, source,
       strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000000.0, 'unixepoch') AS since,
       strftime('%Y-%m-%dT%H:%M:%fZ', until / 1000000.0, 'unixepoch') AS until,
       strftime('%Y-%m-%dT%H:%M:%fZ', lifted / 1000000.0, 'unixepoch') AS lifted,
       lifted_by
FROM blocks;
