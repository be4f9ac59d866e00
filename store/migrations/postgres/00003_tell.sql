-- Every guard that listens hears of changes of blocks and caps, whoever makes them.

-- +goose Up

-- An administrator need not make up an ID and a moment.
ALTER TABLE blocks
    ALTER COLUMN id SET DEFAULT gen_random_uuid()::text,
    ALTER COLUMN tenant SET DEFAULT '',
    ALTER COLUMN extension SET DEFAULT '',
    ALTER COLUMN number SET DEFAULT '',
    ALTER COLUMN prefix SET DEFAULT '',
    ALTER COLUMN country SET DEFAULT '',
    ALTER COLUMN server SET DEFAULT '',
    ALTER COLUMN everything SET DEFAULT false,
    ALTER COLUMN reason SET DEFAULT 'by SQL',
    ALTER COLUMN source SET DEFAULT session_user::text,
    ALTER COLUMN since SET DEFAULT (extract(epoch FROM now()) * 1000000)::bigint,
    ALTER COLUMN lifted_by SET DEFAULT '';
ALTER TABLE caps
    ALTER COLUMN who SET DEFAULT session_user::text,
    ALTER COLUMN at SET DEFAULT (extract(epoch FROM now()) * 1000000)::bigint;

-- +goose StatementBegin
CREATE FUNCTION tell_guards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('fraudguard', '');
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell_guards AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON blocks
    FOR EACH STATEMENT EXECUTE FUNCTION tell_guards();
CREATE TRIGGER tell_guards AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON caps
    FOR EACH STATEMENT EXECUTE FUNCTION tell_guards();
