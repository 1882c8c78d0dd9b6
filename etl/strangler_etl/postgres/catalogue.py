"""Queries on the catalogue of a PostgreSQL database: tables, columns, keys, references, indexes and triggers."""

from __future__ import annotations

TABLES = """
SELECT class.relname::text, attribute.attname::text, format_type(attribute.atttypid, attribute.atttypmod),
       NOT attribute.attnotnull OR attribute.atthasdef OR attribute.attidentity <> '',
       NOT attribute.attnotnull, attribute.attgenerated <> ''
  FROM pg_class AS class
  JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
 WHERE class.relname = ANY(%s) AND class.relkind IN ('r', 'p') AND pg_table_is_visible(class.oid)
   AND attribute.attnum > 0 AND NOT attribute.attisdropped
 ORDER BY class.relname, attribute.attnum
"""

TABLE_NAMES = """
SELECT relname::text
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relkind IN ('r', 'p') AND pg_table_is_visible(pg_class.oid)
   AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
 ORDER BY 1
"""

UNIQUE_COLUMNS = """
SELECT class.relname::text, attribute.attname::text
  FROM pg_index AS index
  JOIN pg_class AS class ON class.oid = index.indrelid
  JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = index.indkey[0]
 WHERE class.relname = ANY(%s) AND pg_table_is_visible(class.oid)
   AND index.indisunique AND index.indnkeyatts = 1 AND index.indpred IS NULL AND index.indisvalid
"""

KEY_COLUMNS = """
SELECT class.relname::text, attribute.attname::text
  FROM pg_index AS index
  JOIN pg_class AS class ON class.oid = index.indrelid
  JOIN LATERAL unnest(index.indkey::smallint[]) WITH ORDINALITY AS part(number, place) ON place <= index.indnkeyatts
  JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = part.number
 WHERE class.relname = ANY(%s) AND pg_table_is_visible(class.oid) AND index.indisprimary AND index.indisvalid
 ORDER BY class.relname, part.place
"""

MINE = """
SELECT relname::text
  FROM pg_class
 WHERE relname = ANY(%s) AND pg_table_is_visible(oid) AND pg_has_role(relowner, 'USAGE')
"""

PARENTS = """
SELECT DISTINCT child.relname::text, parent.relname::text
  FROM pg_constraint
  JOIN pg_class AS child ON child.oid = conrelid
  JOIN pg_class AS parent ON parent.oid = confrelid
 WHERE contype = 'f' AND child.relname = ANY(%s) AND pg_table_is_visible(child.oid) AND child.oid <> parent.oid
"""

# An orphan has values in all of its columns (MATCH SIMPLE), or in any (MATCH FULL), and no row has those.

REFERENCES = """
SELECT conname::text, child.relname::text,
       CASE WHEN pg_table_is_visible(parent.oid) THEN parent.relname::text ELSE written.parent END,
       concat('(', columns.given, ') AND NOT EXISTS (SELECT FROM ', written.parent, ' AS strangler_parent WHERE ',
              columns.equal, ')'),
       format('ALTER TABLE %%s DROP CONSTRAINT %%I', written.child, conname),
       concat(format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', written.child, conname,
                     pg_get_constraintdef(reference.oid)),
              format('; COMMENT ON CONSTRAINT %%I ON %%s IS ', conname, written.child)
              || quote_literal(obj_description(reference.oid, 'pg_constraint')))
  FROM pg_constraint AS reference
  JOIN pg_class AS child ON child.oid = conrelid
  JOIN pg_class AS parent ON parent.oid = confrelid
  JOIN pg_namespace AS parent_schema ON parent_schema.oid = parent.relnamespace
  JOIN pg_namespace AS child_schema ON child_schema.oid = child.relnamespace
  JOIN LATERAL (SELECT format('%%I.%%I', child_schema.nspname, child.relname) AS child,
                       format('%%I.%%I', parent_schema.nspname, parent.relname) AS parent) AS written ON true
  JOIN LATERAL (SELECT string_agg(format('%%I.%%I IS NOT NULL', child.relname, own.attname),
                                  CASE confmatchtype WHEN 'f' THEN ' OR ' ELSE ' AND ' END) AS given,
                       string_agg(format('strangler_parent.%%I = %%I.%%I', other.attname, child.relname, own.attname),
                                  ' AND ') AS equal
                  FROM unnest(conkey, confkey) AS part(number, of_parent)
                  JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = number
                  JOIN pg_attribute AS other ON other.attrelid = confrelid AND other.attnum = of_parent
       ) AS columns ON true
 WHERE contype = 'f' AND conparentid = 0 AND child.relname = ANY(%s) AND pg_table_is_visible(child.oid)
   AND pg_has_role(child.relowner, 'USAGE') AND has_table_privilege(parent.oid, 'REFERENCES')
 ORDER BY 2, 1
"""

# The columns of an expression or a condition are found by the dependencies of its index.

KEEPING_APART = """
SELECT json_agg(attname ORDER BY attnum)::text
  FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND NOT attisdropped
 WHERE indrelid = %s::regclass AND (indisunique OR indisexclusion) AND NOT indisprimary AND attnum > 0
   AND (attnum = ANY(indkey)
        OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = indexrelid
                      AND refclassid = 'pg_class'::regclass AND refobjid = indrelid AND refobjsubid = attnum))
 GROUP BY indexrelid ORDER BY indexrelid
"""

# citext, blanks at the end of bpchar, and collations that are not deterministic; a domain is what it is made of.

FOLDS = """
WITH RECURSIVE key AS (
    SELECT atttypid, attcollation FROM pg_attribute WHERE attrelid = %s::regclass AND attname = ANY(%s)
), made_of AS (
    SELECT atttypid AS type FROM key
    UNION SELECT typbasetype FROM made_of JOIN pg_type ON pg_type.oid = type WHERE typbasetype <> 0
)
SELECT 1 FROM made_of JOIN pg_type ON pg_type.oid = type WHERE typname IN ('citext', 'bpchar')
UNION ALL SELECT 1 FROM key JOIN pg_collation ON pg_collation.oid = attcollation WHERE NOT collisdeterministic
"""

# Any index that begins with one of the columns will do, unless it is partial.

UNINDEXED_REFERENCES = """
SELECT child.relname::text, columns.plain, parent.relname::text,
       concat('CREATE INDEX ', CASE child.relkind WHEN 'p' THEN '' ELSE 'CONCURRENTLY ' END, 'ON ',
              child.oid::regclass, ' (', columns.quoted, ')')
  FROM pg_constraint AS reference
  JOIN pg_class AS child ON child.oid = conrelid
  JOIN pg_class AS parent ON parent.oid = confrelid
  JOIN LATERAL (SELECT array_agg(attname::text ORDER BY place) AS plain,
                       string_agg(quote_ident(attname), ', ' ORDER BY place) AS quoted
                  FROM unnest(conkey) WITH ORDINALITY AS part(number, place)
                  JOIN pg_attribute ON attrelid = conrelid AND attnum = part.number) AS columns ON true
 WHERE contype = 'f' AND conparentid = 0 AND parent.relname = ANY(%s) AND pg_table_is_visible(parent.oid)
   AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = ANY(conkey)
                      AND indpred IS NULL AND indisvalid)
 ORDER BY 1, conname
"""

ALWAYS = ("A",)

FIRING = ("A", "O", "R")

PRESENT = (*FIRING, "D")
"""States of a trigger, as ``pg_trigger.tgenabled`` has them."""

TRIGGERS = """
SELECT class.relname::text, string_agg(tgname, ' ')
  FROM pg_trigger JOIN pg_class AS class ON class.oid = tgrelid
 WHERE tgname = ANY(%s) AND tgenabled::text = ANY(%s) AND pg_table_is_visible(class.oid)
 GROUP BY class.relname
"""

# 4 is INSERT, per row or statement; a trigger that is disabled, or fires on replicas only, does nothing here.

TRIGGERED = """
SELECT DISTINCT class.relname::text
  FROM pg_trigger JOIN pg_class AS class ON class.oid = tgrelid
 WHERE class.relname = ANY(%s) AND pg_table_is_visible(class.oid) AND NOT tgisinternal AND tgtype & 4 <> 0
   AND tgenabled IN ('O', 'A') AND NOT starts_with(tgname::text, 'strangler_')
"""

# The arguments of a trigger are stored as bytes, each ended by a NUL; columns and arguments become JSON arrays.

JOURNALS = """
SELECT class.relname::text, pg_has_role(class.relowner, 'USAGE'), class.relkind = 'p',
       (SELECT coalesce(jsonb_agg(columns), '[]')::text
          FROM pg_index
          JOIN LATERAL (SELECT jsonb_agg(attname) AS columns
                          FROM unnest(indkey::smallint[]) WITH ORDINALITY AS part(number, place)
                          JOIN pg_attribute ON attrelid = indrelid AND attnum = part.number
                         WHERE place <= indnkeyatts) AS unique_columns ON true
         WHERE indrelid = class.oid AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL),
       (SELECT jsonb_object_agg(attname, attnum)::text
          FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped),
       tgname::text, tgenabled::text,
       (SELECT coalesce(jsonb_agg(convert_from(decode(word, 'escape'), getdatabaseencoding()) ORDER BY place), '[]')
               ::text
          FROM unnest(string_to_array(encode(tgargs, 'escape'), '\\000')) WITH ORDINALITY AS argument(word, place)
         WHERE place <= tgnargs)
  FROM pg_class AS class
  LEFT JOIN pg_trigger ON tgrelid = class.oid AND tgname = ANY(%s)
 WHERE class.relname = ANY(%s) AND class.relkind IN ('r', 'p') AND pg_table_is_visible(class.oid)
"""

PARTITIONS = """
SELECT class.oid::text, class.oid::regclass::text, pg_has_role(class.relowner, 'USAGE'),
       (SELECT coalesce(jsonb_object_agg(tgname, tgenabled), '{}')::text
          FROM pg_trigger WHERE tgrelid = class.oid AND tgname = ANY(%s))
  FROM pg_partition_tree(%s::regclass) AS tree JOIN pg_class AS class ON class.oid = tree.relid
 WHERE tree.level > 0
 ORDER BY class.oid
"""

# All triggers of a journal have the same arguments.

JOURNALED_INSERTS = """
SELECT class.relname::text, substring(pg_get_triggerdef(updates.oid) from 'strangler\\.journal_update\\((.*)\\)$'),
       updates.tgenabled = 'A', CAST(current_setting('server_version_num') AS integer) >= 140000
  FROM pg_trigger AS inserts
  JOIN pg_class AS class ON class.oid = inserts.tgrelid
  JOIN pg_trigger AS updates ON updates.tgrelid = class.oid AND updates.tgname = 'strangler_journal_update'
 WHERE inserts.tgname = 'strangler_journal_insert' AND class.relname = ANY(%s) AND pg_table_is_visible(class.oid)
   AND (inserts.tgnewtable IS NOT NULL) = %s AND inserts.tgenabled = updates.tgenabled AND updates.tgenabled <> 'D'
 ORDER BY 1
"""

# While a partition is detached, writes to it are journaled under its own name.

PARTITION_NAMES = """
SELECT part.relname::text, class.relname::text
  FROM pg_class AS class
  JOIN LATERAL pg_partition_tree(class.oid) AS tree ON tree.level > 0
  JOIN pg_class AS part ON part.oid = tree.relid
 WHERE class.relname = ANY(%s) AND class.relkind = 'p' AND pg_table_is_visible(class.oid)
"""

PARTITIONED = """
SELECT relname::text FROM pg_class WHERE relname = ANY(%s) AND relkind = 'p'
"""

SECONDARY_INDEXES = """
SELECT made.relname, made.oid::regclass::text,
       concat(pg_get_indexdef(made.oid), '; COMMENT ON INDEX ' || made.oid::regclass || ' IS '
                                         || quote_literal(obj_description(made.oid, 'pg_class')))
  FROM pg_index JOIN pg_class AS made ON made.oid = pg_index.indexrelid
 WHERE pg_index.indrelid = %s::regclass AND made.relkind = 'i' AND NOT made.relispartition
   AND pg_index.indisvalid AND NOT pg_index.indisunique AND NOT pg_index.indisexclusion
   AND NOT pg_index.indisclustered AND NOT pg_index.indisreplident
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = made.oid)
 ORDER BY 1
"""
