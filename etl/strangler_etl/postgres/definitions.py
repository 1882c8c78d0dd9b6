"""The SQL of strangler's own schema in a PostgreSQL database.

``journal`` has a row for every change of a row: `xid` is the transaction's 64-bit id, which a snapshot can be asked
about; `seq` orders the changes of one row, because it is taken while the row is locked.
"""

from __future__ import annotations

SESSION = """
SET default_transaction_isolation = 'read committed';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
SET extra_float_digits = 1; SET client_encoding = 'UTF8';
SELECT set_config(name, '1h', false) FROM pg_settings
 WHERE CASE WHEN name IN ('idle_in_transaction_session_timeout', 'idle_session_timeout')
            THEN CAST(setting AS bigint) BETWEEN 1 AND 3599999 END
"""
"""Raises the limits of idle sessions to an hour, and never lowers them; 0 means no limit."""

NOTHING_HIDDEN = "SET row_security = off"
"""Lets a query fail whose rows a policy of row-level security would hide. To hide none, a role needs BYPASSRLS."""


def _journaling(change: str, statement: str) -> str:
    """The function of a journal's trigger for a kind of change: `statement` records it for the table `journaled`."""
    return f"""\
CREATE OR REPLACE FUNCTION strangler.journal_{change}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    journaled text := TG_TABLE_NAME;
BEGIN
    IF pg_partition_root(TG_RELID) IS NOT NULL THEN
        journaled := strangler.journaled_table(TG_RELID, TG_TABLE_NAME);
    END IF;
    IF NOT strangler.applying() THEN
{statement}    END IF;
    RETURN NULL;
EXCEPTION WHEN read_only_sql_transaction THEN RAISE; WHEN OTHERS THEN
    INSERT INTO strangler.journal_gap (table_name, reason) VALUES (journaled, SQLERRM);
    RETURN NULL;
END $$;

"""


_INSERT = """\
        INSERT INTO strangler.journal (table_name, operation, key, number, image)
        SELECT journaled, 'I',
               CASE WHEN TG_NARGS < 3 THEN image->>TG_ARGV[0] ELSE strangler.key_of_parts(image, TG_ARGV[2:]) END,
               image->>TG_ARGV[1], image
          FROM (SELECT to_jsonb(new_row) AS image FROM new_rows AS new_row) AS images;
"""
_UPDATE = """\
        WITH before AS (
                 SELECT image, CASE WHEN TG_NARGS < 3 THEN image->>TG_ARGV[0]
                                    ELSE strangler.key_of_parts(image, TG_ARGV[2:]) END AS key
                   FROM (SELECT to_jsonb(old_row) AS image FROM old_rows AS old_row) AS images),
             after AS (
                 SELECT image, CASE WHEN TG_NARGS < 3 THEN image->>TG_ARGV[0]
                                    ELSE strangler.key_of_parts(image, TG_ARGV[2:]) END AS key
                   FROM (SELECT to_jsonb(new_row) AS image FROM new_rows AS new_row) AS images)
        INSERT INTO strangler.journal (table_name, operation, key, number, image)
        SELECT journaled, 'U', after.key, after.image->>TG_ARGV[1], after.image
          FROM after LEFT JOIN before ON before.key = after.key
         WHERE before.image IS DISTINCT FROM after.image
        UNION ALL
        SELECT journaled, 'D', before.key, before.image->>TG_ARGV[1], before.image
          FROM before
         WHERE NOT EXISTS (SELECT FROM after WHERE after.key = before.key
                              AND after.image->>TG_ARGV[1] IS NOT DISTINCT FROM before.image->>TG_ARGV[1]);
"""
_DELETE = """\
        INSERT INTO strangler.journal (table_name, operation, key, number, image)
        SELECT journaled, 'D',
               CASE WHEN TG_NARGS < 3 THEN image->>TG_ARGV[0] ELSE strangler.key_of_parts(image, TG_ARGV[2:]) END,
               image->>TG_ARGV[1], image
          FROM (SELECT to_jsonb(old_row) AS image FROM old_rows AS old_row) AS images;
"""
_TRUNCATE = """\
        INSERT INTO strangler.journal (table_name, operation) VALUES (journaled, 'T');
"""
_JOURNALED = (("insert", _INSERT), ("update", _UPDATE), ("delete", _DELETE), ("truncate", _TRUNCATE))

_TABLES = """
CREATE SCHEMA IF NOT EXISTS strangler;

CREATE SEQUENCE IF NOT EXISTS strangler.refused_writes;
CREATE SEQUENCE IF NOT EXISTS strangler.last_refused_write;

CREATE TABLE IF NOT EXISTS strangler.journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    table_name text NOT NULL,
    operation "char" NOT NULL CHECK (operation IN ('I', 'U', 'D', 'T')),
    key text,
    number text,
    image jsonb,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS journal_xid ON strangler.journal (xid);

CREATE TABLE IF NOT EXISTS strangler.journal_cause (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    number bigint GENERATED ALWAYS AS IDENTITY,
    after bigint NOT NULL,
    correlation text,
    causation text,
    PRIMARY KEY (xid, number)
);

CREATE TABLE IF NOT EXISTS strangler.journal_gap (
    table_name text NOT NULL,
    reason text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS strangler.stream_position (
    stream text PRIMARY KEY,
    position text,
    read_at double precision NOT NULL
);

CREATE TABLE IF NOT EXISTS strangler.event_stream (
    "position" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    event_id text NOT NULL,
    subject text NOT NULL,
    envelope text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS event_stream_name ON strangler.event_stream (stream, "position");

CREATE SEQUENCE IF NOT EXISTS strangler.published_row_told;
CREATE TABLE IF NOT EXISTS strangler.published_row (
    service text NOT NULL,
    table_name text NOT NULL,
    key text NOT NULL,
    row text NOT NULL,
    told bigint NOT NULL DEFAULT nextval('strangler.published_row_told'),
    PRIMARY KEY (service, table_name, key)
);

CREATE TABLE IF NOT EXISTS strangler.authority (
    service text PRIMARY KEY,
    side text NOT NULL CHECK (side IN ('v1', 'v2')),
    epoch bigint NOT NULL,
    step text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS strangler.key_map (
    table_name text NOT NULL,
    source_key text NOT NULL,
    target_key text NOT NULL,
    PRIMARY KEY (table_name, source_key),
    UNIQUE (table_name, target_key)
);

CREATE TABLE IF NOT EXISTS strangler.checkpoint (
    service text NOT NULL,
    table_name text NOT NULL,
    last_key text,
    rows bigint NOT NULL,
    finished boolean NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (service, table_name)
);

CREATE TABLE IF NOT EXISTS strangler.copied_key (
    service text NOT NULL,
    table_name text NOT NULL,
    columns text NOT NULL,
    PRIMARY KEY (service, table_name)
);

CREATE TABLE IF NOT EXISTS strangler.chunk (
    service text NOT NULL,
    table_name text NOT NULL,
    number integer NOT NULL,
    after_key text,
    up_to_key text,
    rows bigint,
    PRIMARY KEY (service, table_name, number)
);

CREATE TABLE IF NOT EXISTS strangler.refresh (
    service text NOT NULL,
    table_name text NOT NULL,
    last_key text,
    finished boolean NOT NULL,
    ground text NOT NULL,
    PRIMARY KEY (service, table_name)
);

CREATE TABLE IF NOT EXISTS strangler.run (
    service text PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    backend integer NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS strangler.throttle (
    service text PRIMARY KEY,
    amount double precision NOT NULL CHECK (amount > 0),
    unit text NOT NULL
);

CREATE TABLE IF NOT EXISTS strangler.reject (
    service text NOT NULL,
    table_name text NOT NULL,
    source_key text NOT NULL,
    reason text NOT NULL,
    image text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (service, table_name, source_key)
);

CREATE TABLE IF NOT EXISTS strangler.dropped_index (
    service text NOT NULL,
    table_name text NOT NULL,
    name text NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (service, table_name, name)
);
DO $$ BEGIN
    -- Earlier versions had no table in the key.
    IF (SELECT indnkeyatts = 2 FROM pg_index WHERE indexrelid = 'strangler.dropped_index_pkey'::regclass) THEN
        ALTER TABLE strangler.dropped_index DROP CONSTRAINT dropped_index_pkey,
            ADD PRIMARY KEY (service, table_name, name);
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS strangler.dropped_reference (
    service text NOT NULL,
    table_name text NOT NULL,
    name text NOT NULL,
    parent text NOT NULL,
    orphans text NOT NULL,
    definition text,
    PRIMARY KEY (service, table_name, name)
);

CREATE TABLE IF NOT EXISTS strangler.dropped_key (
    service text NOT NULL,
    table_name text NOT NULL,
    name text NOT NULL,
    is_primary boolean NOT NULL,
    columns text NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (service, table_name, name)
);

CREATE TABLE IF NOT EXISTS strangler.verification (
    service text PRIMARY KEY,
    position text NOT NULL,
    target_position text,
    verified_at double precision NOT NULL,
    rows bigint NOT NULL,
    source_gaps bigint NOT NULL,
    target_gaps bigint NOT NULL,
    mapping text NOT NULL
);

CREATE TABLE IF NOT EXISTS strangler.verified_table (
    service text NOT NULL,
    side text NOT NULL,
    table_name text NOT NULL,
    fingerprint text NOT NULL,
    PRIMARY KEY (service, side, table_name)
);

CREATE TABLE IF NOT EXISTS strangler.created_table (
    service text NOT NULL,
    table_name text NOT NULL,
    identity text NOT NULL,
    types text NOT NULL,
    PRIMARY KEY (service, table_name)
);

CREATE OR REPLACE FUNCTION strangler.derived_key(table_name text, key text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(set_byte(set_byte(digest, 6, get_byte(digest, 6) & 15 | 128), 8, get_byte(digest, 8) & 63 | 128),
                  'hex')::uuid
      FROM (SELECT substr(sha256(convert_to(table_name || ':' || key, 'UTF8')), 1, 16) AS digest) AS hashed
$$;

CREATE OR REPLACE FUNCTION strangler.applying() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('strangler.origin', true), '') = 'apply'
$$;

-- Arguments of the journal's triggers: the key column, the column of the source's key or '', and where the key has
-- several columns all of them. A change that cannot be journaled is let through, and leaves a gap: a journal that
-- fails must not take the monolith with it.

-- What is written to a partition is journaled, and refused, as that of the table which is: its triggers do not fire.

CREATE OR REPLACE FUNCTION strangler.journaled_table(partition oid, name name) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT strangler.applying() AND EXISTS (
        SELECT FROM pg_partition_ancestors(partition) AS above(relid) JOIN pg_trigger ON tgrelid = above.relid
         WHERE above.relid <> partition AND tgname = 'strangler_fence_truncate' AND tgenabled <> 'D') THEN
        RAISE EXCEPTION 'strangler: the table % may not be written here now: the other side of its service does', name
            USING ERRCODE = 'read_only_sql_transaction', HINT = 'strangler status says which side may write it';
    END IF;
    RETURN coalesce(
        (SELECT relname
           FROM pg_partition_ancestors(partition) WITH ORDINALITY AS above(relid, place)
           JOIN pg_class ON pg_class.oid = above.relid
           JOIN pg_trigger ON tgrelid = above.relid AND tgname = 'strangler_journal_insert'
          ORDER BY place DESC LIMIT 1), name);
END $$;

CREATE OR REPLACE FUNCTION strangler.key_of_parts(image jsonb, columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    -- NULL, which is any row, where a column is not there any more.
    SELECT CASE WHEN count(*) = count(image->>name) THEN
                string_agg(replace(replace(image->>name, '~', '~0'), '/', '~1'), '/' ORDER BY place) END
      FROM unnest(columns) WITH ORDINALITY AS part(name, place)
$$;

-- Whoever writes says by it what led to the changes that follow in the transaction; NULL ends that. Apart from the
-- journal: a column of its own would have every writer of the monolith wait until it is there.

CREATE OR REPLACE FUNCTION strangler.note_cause(correlation text, causation text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO strangler.journal_cause (after, correlation, causation)
    SELECT coalesce(max(seq), 0), $1, $2 FROM strangler.journal WHERE xid = pg_current_xact_id()
$$;

"""
_REFUSAL = """\
-- Sequences keep what a transaction does to them although it is undone. The last write is noted as its second since
-- 2000, times 2^32, plus the number of its table. Whoever writes may have no rights in this schema.

CREATE OR REPLACE FUNCTION strangler.refuse_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('strangler.origin', true) = 'apply' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    BEGIN
        PERFORM nextval('strangler.refused_writes');
        PERFORM setval('strangler.last_refused_write',
                       (floor(extract(epoch FROM clock_timestamp()) - 946684800)::bigint << 32) | TG_RELID::bigint);
    EXCEPTION WHEN OTHERS THEN
        NULL; -- It is refused all the same, for the same reason.
    END;
    RAISE EXCEPTION 'strangler: the table % may not be written here now: the other side of its service does',
        TG_TABLE_NAME USING ERRCODE = 'read_only_sql_transaction',
        HINT = 'strangler status says which side may write it';
END $$;
"""

SCHEMA = "".join([_TABLES, *(_journaling(change, statement) for change, statement in _JOURNALED), _REFUSAL])
