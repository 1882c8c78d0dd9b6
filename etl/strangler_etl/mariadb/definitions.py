"""The SQL of strangler's own tables in a MariaDB database, and the settings of every connection of ours."""

from __future__ import annotations

_TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"

SCHEMA = (
    f"""CREATE TABLE IF NOT EXISTS strangler_authority (
        service varchar(200) {_TEXT} PRIMARY KEY,
        side varchar(20) {_TEXT} NOT NULL,
        epoch bigint NOT NULL,
        step varchar(40) {_TEXT} NOT NULL
    ) ENGINE = InnoDB""",
    f"""CREATE TABLE IF NOT EXISTS strangler_stream_position (
        stream varchar(250) {_TEXT} PRIMARY KEY,
        position varchar(2000) {_TEXT},
        read_at double NOT NULL
    ) ENGINE = InnoDB""",
    f"""CREATE TABLE IF NOT EXISTS strangler_key_map (
        table_name varchar(64) {_TEXT} NOT NULL,
        source_key varchar(250) {_TEXT} NOT NULL,
        target_key varchar(40) {_TEXT} NOT NULL UNIQUE,
        PRIMARY KEY (table_name, source_key)
    ) ENGINE = InnoDB""",
)

INSTALLED = (
    "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
    " AND table_name IN ('strangler_authority', 'strangler_stream_position', 'strangler_key_map')"
)

SESSION = (
    "SET SESSION"
    # Fractions of a second are rounded as PostgreSQL rounds them, and a difference may be negative, even of unsigned
    # numbers. Zero dates are shown as they are stored.
    " sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,TIME_ROUND_FRACTIONAL,NO_UNSIGNED_SUBTRACTION',"
    " time_zone = '+00:00', sql_auto_is_null = 0, autocommit = 1,"
    # The number of warnings kept for a query is limited: notes would leave no room for a warning.
    " sql_notes = 0,"
    # The reader that loads what this connection reads may be slow.
    " net_write_timeout = 3600, max_statement_time = 0, group_concat_max_len = 1048576"
)
