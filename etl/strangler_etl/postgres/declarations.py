"""What a PostgreSQL database declares of a table beyond its columns' types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from strangler_etl.engine.declaration import (
    Condition,
    Declaration,
    DeclaredCheck,
    DeclaredIndex,
    DeclaredReference,
    IndexPart,
    Numbering,
    OwnType,
)
from strangler_etl.engine.key_actions import Effect
from strangler_etl.engine.session import Session, Value

# Dependencies on objects of the server itself are not recorded (https://www.postgresql.org/docs/current/catalog-pg-depend.html).
_NEEDS = """
(SELECT string_agg(DISTINCT pg_describe_object(refclassid, refobjid, 0), ', ')
   FROM pg_depend
  WHERE classid = '{catalogue}'::regclass AND objid = {object}.oid
    AND refclassid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass, 'pg_class'::regclass)
    AND NOT (refclassid = 'pg_class'::regclass AND refobjid = {table}))
"""

# Limits are those that differ from an identity's defaults, which PostgreSQL takes from its type.
_COLUMNS = """
SELECT attname::text, attidentity <> '' OR pg_get_expr(adbin, adrelid) ~ '^nextval[(]''[^()]*''::regclass[)]$',
       attgenerated <> '',
       pg_get_expr(adbin, adrelid), {needs}, col_description(attrelid, attnum),
       CASE WHEN attcollation <> typcollation THEN attcollation::regcollation::text END,
       (SELECT string_agg(DISTINCT other.adrelid::regclass::text, ', ')
          FROM pg_depend JOIN pg_attrdef AS other ON other.oid = objid
         WHERE classid = 'pg_attrdef'::regclass AND refclassid = 'pg_class'::regclass
           AND refobjid = given.sequence AND other.adrelid <> attrelid
           AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid IN (attrelid, other.adrelid))),
       seqincrement, seqstart, seqcycle, seqmin, seqmax
  FROM pg_attribute AS attribute
  JOIN pg_type ON pg_type.oid = atttypid
  LEFT JOIN pg_attrdef AS expression ON adrelid = attrelid AND adnum = attnum
  LEFT JOIN LATERAL (SELECT refobjid AS sequence FROM pg_depend JOIN pg_sequence ON seqrelid = refobjid
                      WHERE classid = 'pg_attrdef'::regclass AND objid = expression.oid
                        AND refclassid = 'pg_class'::regclass LIMIT 1) AS given ON true
  LEFT JOIN LATERAL (SELECT objid AS sequence FROM pg_depend
                      WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
                        AND refobjid = attrelid AND refobjsubid = attnum AND deptype = 'i' LIMIT 1) AS own ON true
  LEFT JOIN pg_sequence ON seqrelid = coalesce(given.sequence, own.sequence)
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
 ORDER BY attnum
""".replace("{needs}", _NEEDS.format(catalogue="pg_attrdef", object="expression", table="attrelid"))

_CHECKS = """
SELECT conname::text, pg_get_expr(conbin, conrelid), {needs},
       CASE WHEN NOT convalidated THEN 'it was never validated: rows may violate it'
            WHEN to_jsonb(made)->>'conenforced' = 'false' THEN 'it is not enforced' END
  FROM pg_constraint AS made WHERE contype = 'c' AND conrelid = %s::regclass ORDER BY 1
""".replace("{needs}", _NEEDS.format(catalogue="pg_constraint", object="made", table="conrelid"))

_INDEXES = """
SELECT made.relname::text, indisunique, access.amname::text, pg_get_expr(indpred, indrelid), {needs},
       coalesce((to_jsonb(pg_index)->>'indnullsnotdistinct')::boolean, false),
       CASE WHEN contype = 'x' THEN 'it excludes rows (EXCLUDE)' WHEN NOT indisvalid THEN 'it is not valid' END,
       CASE WHEN contype IN ('u', 'p') THEN concat(CASE WHEN condeferrable THEN ' DEFERRABLE' END,
                                                   CASE WHEN condeferred THEN ' INITIALLY DEFERRED' END) END,
       (SELECT jsonb_agg(jsonb_build_array(
                   attname,
                   concat(CASE WHEN sorting.oid IS NOT NULL AND sorting.oid <> attcollation
                               THEN concat(' COLLATE ', sorting.oid::regcollation) END,
                          CASE WHEN NOT opcdefault THEN concat(' ', opcnamespace::regnamespace, '.', opcname) END,
                          CASE option & 3 WHEN 1 THEN ' DESC NULLS LAST' WHEN 3 THEN ' DESC' WHEN 2
                               THEN ' NULLS FIRST' END),
                   opcnamespace <> 'pg_catalog'::regnamespace OR sorting.collnamespace <> 'pg_catalog'::regnamespace
               ) ORDER BY place)::text
          FROM unnest(indkey::int2[], indclass::oid[], indcollation::oid[], indoption::int2[])
               WITH ORDINALITY AS part(number, class, sorted, option, place)
          LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number AND number > 0
          LEFT JOIN pg_opclass ON pg_opclass.oid = class
          LEFT JOIN pg_collation AS sorting ON sorting.oid = sorted
         WHERE place <= indnkeyatts),
       (SELECT coalesce(jsonb_agg(attname ORDER BY place), '[]')::text
          FROM unnest(indkey::int2[]) WITH ORDINALITY AS part(number, place)
          JOIN pg_attribute ON attrelid = indrelid AND attnum = number WHERE place > indnkeyatts)
  FROM pg_index
  JOIN pg_class AS made ON made.oid = indexrelid
  JOIN pg_am AS access ON access.oid = made.relam
  LEFT JOIN pg_constraint ON conindid = indexrelid AND contype IN ('p', 'u', 'x')
 WHERE indrelid = %s::regclass AND NOT indisprimary
 ORDER BY 1
""".replace("{needs}", _NEEDS.format(catalogue="pg_class", object="made", table="indrelid"))

_REFERENCES = """
SELECT conname::text, parent.relname::text, pg_table_is_visible(parent.oid), convalidated, confdeltype::text,
       confupdtype::text, confmatchtype = 'f', to_jsonb(reference)->>'confdelsetcols',
       to_jsonb(reference)->>'conenforced' = 'false',
       (SELECT jsonb_agg(jsonb_build_array(own.attname, other.attname) ORDER BY place)::text
          FROM unnest(conkey, confkey) WITH ORDINALITY AS part(number, of_parent, place)
          JOIN pg_attribute AS own ON own.attrelid = conrelid AND own.attnum = number
          JOIN pg_attribute AS other ON other.attrelid = confrelid AND other.attnum = of_parent)
  FROM pg_constraint AS reference JOIN pg_class AS parent ON parent.oid = confrelid
 WHERE contype = 'f' AND conparentid = 0 AND conrelid = %s::regclass
 ORDER BY 1
"""

_TYPES = """
SELECT attname::text, made.oid::regtype::text,
       (SELECT jsonb_agg(enumlabel ORDER BY enumsortorder)::text FROM pg_enum WHERE enumtypid = made.oid)
  FROM pg_attribute
  JOIN pg_type ON pg_type.oid = atttypid
  JOIN pg_type AS made ON made.oid = CASE WHEN pg_type.typelem <> 0 AND pg_type.typlen = -1 THEN pg_type.typelem
                                          ELSE pg_type.oid END
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND made.typtype = 'e'
"""

_OTHERS = """
SELECT concat('the trigger ', tgname), 'write what it does into the service'
  FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgname NOT LIKE 'strangler\\_%%'
UNION ALL
SELECT 'row security', 'policies name roles of the source' FROM pg_class
 WHERE oid = %s::regclass AND relrowsecurity
UNION ALL
SELECT 'partitions', 'make the table by hand to keep them' FROM pg_class WHERE oid = %s::regclass AND relkind = 'p'
UNION ALL
SELECT concat('the rule ', rulename), 'write what it does into the service' FROM pg_rewrite
 WHERE ev_class = %s::regclass
ORDER BY 1
"""

_EFFECTS = {"c": Effect.CASCADE, "n": Effect.SET_NULL, "d": Effect.SET_DEFAULT}
_SMALLEST = {2: 32767, 4: 2147483647, 8: 9223372036854775807}


def declaration_of(session: Session, table: str) -> Declaration:
    """The declarations of one table, by its plain name."""
    name = session.quoted(table)
    numbered, defaults, computed, comments = (
        dict[str, Numbering](),
        dict[str, Condition](),
        dict[str, str](),
        dict[str, str](),
    )
    others = dict[str, str]()
    for column, numbers, generated, expression, needs, comment, sorted_by, shared, *sequence in session.rows(
        _COLUMNS, [name]
    ):
        key = str(column)
        if numbers:
            numbered[key] = _numbering(sequence)
            if shared is not None:
                others[f"the shared sequence of {key}"] = f"it numbers {shared} as well, the new one does not"
        elif generated:
            computed[key] = str(expression)
        elif expression is not None:
            defaults[key] = Condition(str(expression), _text(needs))
        if comment is not None:
            comments[key] = str(comment)
        if sorted_by is not None:
            others[f"the collation {sorted_by} of {key}"] = (
                "texts are sorted and compared as the service's database does"
            )
    ((comment,),) = session.rows("SELECT obj_description(%s::regclass, 'pg_class')", [name])
    others |= {str(what): str(why) for what, why in session.rows(_OTHERS, [name] * 4)}
    return Declaration(
        numbered,
        defaults,
        computed,
        tuple(
            DeclaredCheck(str(check), Condition(str(sql), _text(needs)), _text(odd))
            for check, sql, needs, odd in session.rows(_CHECKS, [name])
        ),
        tuple(_index(row) for row in session.rows(_INDEXES, [name])),
        tuple(_reference(row) for row in session.rows(_REFERENCES, [name])),
        _text(comment),
        comments,
        {
            str(column): _own_type(str(type_), json.loads(str(labels)))
            for column, type_, labels in session.rows(_TYPES, [name])
        },
        others,
    )


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _numbering(sequence: Iterable[Value]) -> Numbering:
    """The numbering of an identity, with limits that differ from those of its type."""
    step, start, cycles, least, most = sequence
    if step is None:
        return Numbering()
    by, first = int(str(step)), int(str(start))
    said = list[str]()
    if int(str(least)) not in {1, *(-most - 1 for most in _SMALLEST.values())}:
        said.append(f"MINVALUE {least}")
    elif by > 0 and first < 1:
        # An ascending identity has no numbers below 1 unless that is declared.
        said.append(f"MINVALUE {first}")
    if int(str(most)) not in {-1, *_SMALLEST.values()}:
        said.append(f"MAXVALUE {most}")
    elif by < 0 and first > -1:
        said.append(f"MAXVALUE {first}")
    return Numbering(" ".join([*said, *(["CYCLE"] if cycles else [])]), by, first)


def _index(row: tuple[Value, ...]) -> DeclaredIndex:
    name, unique, method, where, needs, nulls_alike, odd, constraint, parts, included = row
    read: list[tuple[str | None, str, bool]] = json.loads(str(parts))
    if odd is None and any(foreign for _, _, foreign in read):
        odd = "it needs an operator class or collation of an extension"
    if odd is None and needs is not None and where is None:
        odd = None if all(column for column, _, _ in read) else f"it needs {needs}"
    return DeclaredIndex(
        str(name),
        tuple(IndexPart(column, suffix.replace(" pg_catalog.", " ")) for column, suffix, _ in read),
        bool(unique),
        "" if method == "btree" else str(method),
        tuple(json.loads(str(included))),
        None if where is None else Condition(str(where), _text(needs)),
        _text(odd),
        bool(nulls_alike),
        _text(constraint),
    )


def _reference(row: tuple[Value, ...]) -> DeclaredReference:
    name, parent, visible, validated, deleted, updated, full, set_columns, not_enforced, columns = row
    pairs: list[tuple[str, str]] = json.loads(str(columns))
    reasons = (
        (not visible, "it leads to another schema"),
        (not validated, "it was never validated: rows may violate it"),
        (bool(not_enforced), "it is not enforced"),
        (full and len(pairs) > 1, "it says MATCH FULL"),
        (set_columns is not None, "ON DELETE sets some of its columns only"),
    )
    return DeclaredReference(
        str(name),
        tuple(own for own, _ in pairs),
        str(parent),
        tuple(other for _, other in pairs),
        _EFFECTS.get(str(deleted), Effect.NOTHING),
        _EFFECTS.get(str(updated), Effect.NOTHING),
        restricts="r" in {deleted, updated},
        odd=next((why for is_so, why in reasons if is_so), None),
    )


def _own_type(name: str, labels: Iterable[str]) -> OwnType:
    listed = ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
    return OwnType(name, f"CREATE TYPE {name} AS ENUM ({listed})")


def declarations(session: Session, tables: Iterable[str]) -> Mapping[str, Declaration]:
    """The declarations of each of the tables, which exist."""
    return {table: declaration_of(session, table) for table in tables}
