-- The same tables and views as SQLite's 00001 to 00003, of which the words are there. Amounts are
-- millionths of the currency, times are microseconds since 1970-01-01 UTC (NULL is none), days are
-- local ("2026-11-21"), months are local ("2026-11"). The views at the end show the same in readable
-- units: amounts as exact decimals, times as timestamptz, which psql shows in the session's zone.
-- Texts compare byte by byte, whatever the database's own order is.

-- +goose Up

-- deck is a deck and its edition, "default@3", or '' where no deck gave the price. sold is the rate
-- that the tenant pays where there is one, a JSON object with the names of the columns of rates.
-- Tiers are written as people write them, with the zone behind: "sat,sun 0.04 @ Europe/Rome".
CREATE TABLE legs (
    server           text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL,
    name             text COLLATE "C" NOT NULL,
    tenant           text COLLATE "C" NOT NULL,
    extension        text COLLATE "C" NOT NULL,
    paid_by          text COLLATE "C" NOT NULL,
    dialled          text COLLATE "C" NOT NULL,
    number           text COLLATE "C" NOT NULL,
    country          text COLLATE "C" NOT NULL,
    international    boolean NOT NULL,
    retried          boolean NOT NULL,
    priced           boolean NOT NULL,
    rate_prefix      text COLLATE "C" NOT NULL,
    route            text COLLATE "C" NOT NULL,
    per_minute       bigint NOT NULL,
    connect          bigint NOT NULL,
    first_increment  bigint NOT NULL,
    next_increment   bigint NOT NULL,
    rate_valid_from  bigint,
    day              text COLLATE "C" NOT NULL,
    answered_day     text COLLATE "C" NOT NULL,
    started          bigint NOT NULL,
    answered         bigint,
    ended            bigint,
    limited_until    bigint,
    estimated        boolean NOT NULL,
    verdict          text COLLATE "C" NOT NULL,
    reason           text COLLATE "C" NOT NULL,
    cause            bigint NOT NULL,
    recorded_seconds bigint,
    deck             text COLLATE "C" NOT NULL,
    minimum          bigint NOT NULL,
    grace            bigint NOT NULL,
    tiers            text COLLATE "C" NOT NULL,
    closed           boolean NOT NULL,
    rate_valid_until bigint,
    sold             text COLLATE "C",
    PRIMARY KEY (server, id)
);

CREATE INDEX legs_by_start ON legs (started);
CREATE INDEX legs_by_account ON legs (tenant, extension, started);
CREATE INDEX legs_live ON legs (started) WHERE ended IS NULL;

-- A charge names its leg, but does not need it: money is kept even where the leg is not.
CREATE TABLE charges (
    server         text COLLATE "C" NOT NULL,
    leg            text COLLATE "C" NOT NULL,
    day            text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    tenant         text COLLATE "C" NOT NULL,
    extension      text COLLATE "C" NOT NULL,
    at             bigint,
    amount         bigint NOT NULL,
    price          bigint NOT NULL,
    billed_seconds bigint NOT NULL,
    estimated      boolean NOT NULL,
    international  boolean NOT NULL,
    route          text COLLATE "C" NOT NULL,
    PRIMARY KEY (server, leg, day, kind)
);

CREATE TABLE ledger_days (
    period                text COLLATE "C" NOT NULL,
    tenant                text COLLATE "C" NOT NULL,
    extension             text COLLATE "C" NOT NULL,
    cost                  bigint NOT NULL,
    price                 bigint NOT NULL,
    billed_seconds        bigint NOT NULL,
    international_seconds bigint NOT NULL,
    calls                 bigint NOT NULL,
    attempts              bigint NOT NULL,
    PRIMARY KEY (period, tenant, extension)
) WITH (fillfactor = 50); -- rows of today are written again and again: a place beside each is left free

CREATE TABLE ledger_months (LIKE ledger_days INCLUDING ALL) WITH (fillfactor = 50);

-- route is that of the rate, '' where there was none.
CREATE TABLE ledger_routes (
    day            text COLLATE "C" NOT NULL,
    tenant         text COLLATE "C" NOT NULL,
    extension      text COLLATE "C" NOT NULL,
    route          text COLLATE "C" NOT NULL,
    billed_seconds bigint NOT NULL,
    PRIMARY KEY (day, tenant, extension, route)
) WITH (fillfactor = 50);

-- evidence is a JSON array of {"name", "value"}, actions a JSON array of strings.
CREATE TABLE incidents (
    id        text COLLATE "C" NOT NULL PRIMARY KEY,
    at        bigint NOT NULL,
    server    text COLLATE "C" NOT NULL,
    rule      text COLLATE "C" NOT NULL,
    tenant    text COLLATE "C" NOT NULL,
    extension text COLLATE "C" NOT NULL,
    number    text COLLATE "C" NOT NULL,
    leg       text COLLATE "C" NOT NULL,
    seen      text COLLATE "C" NOT NULL,
    evidence  text COLLATE "C" NOT NULL,
    actions   text COLLATE "C" NOT NULL,
    observed  boolean NOT NULL,
    urgent    boolean NOT NULL
);

CREATE INDEX incidents_by_time ON incidents (at);

-- A block is on what is not '' or false: an extension (tenant and extension), all of a tenant (tenant
-- alone), a number, a prefix, a country, a server, everything; or on an extension's calls to one
-- number, where both are there.
CREATE TABLE blocks (
    id         text COLLATE "C" NOT NULL PRIMARY KEY,
    tenant     text COLLATE "C" NOT NULL,
    extension  text COLLATE "C" NOT NULL,
    number     text COLLATE "C" NOT NULL,
    reason     text COLLATE "C" NOT NULL,
    source     text COLLATE "C" NOT NULL,
    since      bigint NOT NULL,
    until      bigint,
    lifted     bigint,
    lifted_by  text COLLATE "C" NOT NULL,
    prefix     text COLLATE "C" NOT NULL,
    country    text COLLATE "C" NOT NULL,
    server     text COLLATE "C" NOT NULL,
    everything boolean NOT NULL
);

CREATE INDEX blocks_in_force ON blocks (since) WHERE lifted IS NULL;

-- One row for each cap that lies over the configuration's. subject is "acme/101", "acme/*", "*/*",
-- "acme" or "*"; kind is the cap's key in the configuration. value is in the units of the kind:
-- millionths, seconds, a count or per cent; NULL is no cap.
CREATE TABLE caps (
    subject text COLLATE "C" NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    value   bigint CHECK (value >= 0),
    who     text COLLATE "C" NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (subject, kind)
);

-- One row for each incident and channel that is to tell it.
CREATE TABLE outbox (
    id       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    channel  text COLLATE "C" NOT NULL,
    incident text COLLATE "C" NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    due      bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    sent     bigint,
    reason   text COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (incident, channel)
);

CREATE INDEX outbox_waiting ON outbox (channel, due) WHERE sent IS NULL;

-- One row for each edition. valid_from NULL is always; timezone is that of all its tiers; file and
-- digest (SHA-256, hexadecimal) are those of the imported file, '' where they are not known.
CREATE TABLE decks (
    id         bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name       text COLLATE "C" NOT NULL,
    edition    bigint NOT NULL,
    currency   text COLLATE "C" NOT NULL,
    size       bigint NOT NULL,
    valid_from bigint,
    saved      bigint NOT NULL,
    timezone   text COLLATE "C" NOT NULL,
    file       text COLLATE "C" NOT NULL,
    digest     text COLLATE "C" NOT NULL,
    UNIQUE (name, edition)
);

CREATE TABLE rates (
    deck            bigint NOT NULL REFERENCES decks (id) ON DELETE CASCADE,
    position        bigint NOT NULL,
    prefix          text COLLATE "C" NOT NULL,
    route           text COLLATE "C" NOT NULL,
    per_minute      bigint NOT NULL,
    connect         bigint NOT NULL,
    first_increment bigint NOT NULL,
    next_increment  bigint NOT NULL,
    minimum         bigint NOT NULL,
    grace           bigint NOT NULL,
    tiers           text COLLATE "C" NOT NULL,
    closed          boolean NOT NULL,
    valid_from      bigint,
    valid_until     bigint,
    PRIMARY KEY (deck, position)
);

CREATE VIEW calls AS
SELECT l.id, l.server, l.tenant, l.extension, l.dialled, l.number, l.country, l.international, l.deck, l.route,
       l.per_minute * 0.000001 AS price_per_minute,
       (l.sold::jsonb ->> 'per_minute')::bigint * 0.000001 AS sold_per_minute,
       l.day, l.answered_day,
       timestamptz 'epoch' + l.started * interval '1 microsecond' AS started,
       timestamptz 'epoch' + l.answered * interval '1 microsecond' AS answered,
       timestamptz 'epoch' + l.ended * interval '1 microsecond' AS ended,
       coalesce(c.billed_seconds, 0) AS billed_seconds, coalesce(c.amount, 0) * 0.000001 AS cost,
       coalesce(c.price, 0) * 0.000001 AS price,
       l.recorded_seconds, l.estimated, l.verdict, l.reason, l.cause, l.paid_by, l.name AS channel
FROM legs l
LEFT JOIN LATERAL (SELECT sum(billed_seconds) AS billed_seconds, sum(amount) AS amount, sum(price) AS price
    FROM charges WHERE charges.server = l.server AND charges.leg = l.id) c ON true;

CREATE VIEW charges_readable AS
SELECT server, leg, day, kind, tenant, extension,
       timestamptz 'epoch' + at * interval '1 microsecond' AS at,
       amount * 0.000001 AS amount, price * 0.000001 AS price, billed_seconds, international, route, estimated
FROM charges;

CREATE VIEW ledger_daily AS
SELECT period AS day, tenant, extension, cost * 0.000001 AS cost, price * 0.000001 AS price, billed_seconds,
       international_seconds, calls, attempts
FROM ledger_days;

CREATE VIEW ledger_monthly AS
SELECT period AS month, tenant, extension, cost * 0.000001 AS cost, price * 0.000001 AS price, billed_seconds,
       international_seconds, calls, attempts
FROM ledger_months;

CREATE VIEW ledger_daily_routes AS
SELECT day, tenant, extension, route, billed_seconds
FROM ledger_routes;

-- value as people write it: money, whole minutes, a count, per cent; 'none' makes it a text.
CREATE VIEW caps_readable AS
SELECT subject, kind,
       CASE WHEN value IS NULL THEN 'none'
            WHEN kind LIKE '%cost%' THEN trim_scale(value * 0.000001)::text
            WHEN kind LIKE '%minutes%' THEN ((value + 59) / 60)::text
            ELSE value::text END AS value,
       who, timestamptz 'epoch' + at * interval '1 microsecond' AS at
FROM caps;

CREATE VIEW incidents_readable AS
SELECT id, timestamptz 'epoch' + at * interval '1 microsecond' AS at, server, rule, tenant, extension,
       number, leg, seen, evidence::jsonb AS evidence, actions::jsonb AS actions, observed, urgent
FROM incidents;

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
       timestamptz 'epoch' + since * interval '1 microsecond' AS since,
       timestamptz 'epoch' + until * interval '1 microsecond' AS until,
       timestamptz 'epoch' + lifted * interval '1 microsecond' AS lifted,
       lifted_by
FROM blocks;

CREATE VIEW outbox_readable AS
SELECT id, channel, incident,
       timestamptz 'epoch' + due * interval '1 microsecond' AS due, attempts,
       timestamptz 'epoch' + sent * interval '1 microsecond' AS sent, reason
FROM outbox;

CREATE VIEW decks_readable AS
SELECT name AS deck, edition, currency, size AS rates,
       timestamptz 'epoch' + valid_from * interval '1 microsecond' AS valid_from,
       timestamptz 'epoch' + saved * interval '1 microsecond' AS saved,
       timezone, file, digest
FROM decks;

CREATE VIEW rates_readable AS
SELECT d.name AS deck, d.edition, d.currency, r.prefix, r.route, r.per_minute * 0.000001 AS price_per_minute,
       r.connect * 0.000001 AS connect_fee, r.first_increment, r.next_increment, r.minimum, r.grace, r.tiers, r.closed,
       timestamptz 'epoch' + r.valid_from * interval '1 microsecond' AS valid_from,
       timestamptz 'epoch' + r.valid_until * interval '1 microsecond' AS valid_until
FROM rates r JOIN decks d ON d.id = r.deck;
