-- Every guard that listens hears of new editions of decks too, once they are whole: an import is one
-- transaction, and PostgreSQL tells at its end. The table's name tells what has changed.

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tell_guards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('fraudguard', TG_TABLE_NAME);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER tell_guards AFTER INSERT ON decks
    FOR EACH STATEMENT EXECUTE FUNCTION tell_guards();
