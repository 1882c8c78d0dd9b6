"""The examination's queries on PostgreSQL's catalogue."""

from __future__ import annotations

IDENTITY = """
SELECT concat_ws(':', extract(epoch FROM pg_postmaster_start_time()), current_setting('port'),
                 (SELECT oid FROM pg_database WHERE datname = current_database()))
"""

# The session's default, whatever this session has set since.
READ_ONLY = "SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only'"

# The role and database a setting applies to, and the statement that resets it.
REPLICA_SETTINGS = """
SELECT coalesce(rolname::text, 'everybody'),
       CASE WHEN setrole = 0 AND setdatabase <> 0 THEN format('ALTER DATABASE %I', current_database())
            ELSE 'ALTER ROLE ' || coalesce(quote_ident(rolname), 'ALL')
                 || CASE WHEN setdatabase <> 0 THEN format(' IN DATABASE %I', current_database()) ELSE '' END
       END || ' RESET session_replication_role'
  FROM pg_db_role_setting LEFT JOIN pg_roles ON pg_roles.oid = setrole
 WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   AND lower('session_replication_role=replica') = ANY(SELECT lower(one) FROM unnest(setconfig) AS one)
 ORDER BY 1, 2
"""

OWN_SCHEMA = "SELECT 1 FROM pg_namespace WHERE nspname = 'strangler'"

FOREIGN_OWNERS = """
SELECT rolname::text
  FROM (SELECT nspowner AS owner, oid AS namespace FROM pg_namespace
        UNION SELECT relowner, relnamespace FROM pg_class
        UNION SELECT proowner, pronamespace FROM pg_proc) AS owners
  JOIN pg_roles ON pg_roles.oid = owner
  JOIN pg_namespace ON pg_namespace.oid = namespace
 WHERE nspname = 'strangler' AND NOT pg_has_role(owner, 'USAGE')
"""

# The lowest limit of the server, the database and the role; the last two do not apply to superusers.
CONNECTIONS = """
SELECT name, allowed, used
  FROM (SELECT 'max_connections' AS name,
               current_setting('max_connections')::integer
               - (SELECT coalesce(sum(setting::integer), 0) FROM pg_settings
                   WHERE name IN ('superuser_reserved_connections', 'reserved_connections')) AS allowed,
               (SELECT sum(numbackends) FROM pg_stat_database) AS used
        UNION ALL
        SELECT 'CONNECTION LIMIT of the database', datconnlimit, numbackends
          FROM pg_database JOIN pg_stat_database ON pg_stat_database.datid = pg_database.oid
         WHERE pg_database.datname = current_database() AND datconnlimit >= 0
        UNION ALL
        SELECT 'CONNECTION LIMIT of the role', rolconnlimit,
               (SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_roles.oid)
          FROM pg_roles WHERE rolname = current_user AND rolconnlimit >= 0 AND NOT rolsuper
       ) AS limits
 ORDER BY allowed - used
 LIMIT 1
"""

LONG_TRANSACTIONS = """
SELECT pid, application_name, extract(epoch FROM clock_timestamp() - xact_start), state
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
   AND (xact_start < clock_timestamp() - make_interval(secs => %s::double precision)
        OR state LIKE 'idle in transaction%%'
           AND state_change < clock_timestamp() - make_interval(secs => %s::double precision))
 ORDER BY xact_start
"""

PREPARED_TRANSACTIONS = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared"

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRIGGER")

TABLE = f"""
SELECT relkind::text, rolname::text, pg_has_role(relowner, 'USAGE'),
       {", ".join(f"has_table_privilege(class.oid, '{privilege}')" for privilege in PRIVILEGES)}
  FROM pg_class AS class JOIN pg_roles ON pg_roles.oid = relowner
 WHERE relname = %s AND relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(class.oid)
"""

ELSEWHERE = """
SELECT nspname::text, has_schema_privilege(pg_namespace.oid, 'USAGE'),
       nspname::text = ANY(SELECT CASE trim(name, ' "') WHEN '$user' THEN current_user ELSE trim(name, ' "') END
                             FROM unnest(string_to_array(current_setting('search_path'), ',')) AS name),
       current_setting('search_path')
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relname = %s AND relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema')
   AND nspname NOT LIKE 'pg\\_%%'
 ORDER BY 1
"""

NUMBERED = """
SELECT sequence, has_sequence_privilege(sequence, 'SELECT'), has_sequence_privilege(sequence, 'UPDATE'),
       CASE WHEN default_value LIKE 'nextval(%%' THEN default_value END
  FROM (SELECT pg_get_serial_sequence(quote_ident(relname), attname) AS sequence,
               pg_get_expr(adbin, adrelid) AS default_value
          FROM pg_class AS class
          JOIN pg_attribute ON attrelid = class.oid
          LEFT JOIN pg_attrdef ON adrelid = class.oid AND adnum = attnum
         WHERE relname = %s AND attname = %s AND pg_table_is_visible(class.oid) AND relkind IN ('r', 'p')
       ) AS numbered
"""

ROW_SECURITY = """
SELECT relname::text, row_security_active(oid)
  FROM pg_class
 WHERE relname = ANY(%s) AND relrowsecurity AND relkind IN ('r', 'p') AND pg_table_is_visible(oid)
 ORDER BY 1
"""

RELATIVES = """
SELECT child.relname::text, parent.relname::text
  FROM pg_inherits
  JOIN pg_class AS child ON child.oid = inhrelid
  JOIN pg_class AS parent ON parent.oid = inhparent
  JOIN (SELECT oid FROM pg_class WHERE relname = ANY(%s) AND pg_table_is_visible(oid)) AS named
    ON named.oid IN (child.oid, parent.oid)
 WHERE child.relkind IN ('r', 'p', 'f') AND NOT (child.relispartition AND named.oid = parent.oid)
 ORDER BY 2, 1
"""

# In pg_trigger.tgtype, 2 stands for BEFORE, 64 for INSTEAD OF and 1 for FOR EACH ROW.
OTHER_TRIGGERS = """
SELECT relname::text, tgname::text, tgtype & 66 <> 0 AND tgtype & 1 = 1
  FROM pg_trigger JOIN pg_class AS class ON class.oid = tgrelid
 WHERE relname = ANY(%s) AND NOT tgisinternal AND tgenabled IN ('O', 'A')
   AND tgname NOT LIKE 'strangler\\_%%' AND pg_table_is_visible(class.oid)
 ORDER BY 1, 2
"""

RULES = """
SELECT relname::text, rulename::text
  FROM pg_rewrite JOIN pg_class AS class ON class.oid = ev_class
 WHERE relname = ANY(%s) AND relkind IN ('r', 'p') AND ev_enabled <> 'D' AND pg_table_is_visible(class.oid)
 ORDER BY 1, 2
"""
