"""The sequence that numbers the rows of a PostgreSQL table, and how it continues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strangler_etl.engine.session import Session

# The sequence that a column owns, or only uses: DEFAULT nextval('...') does not make the column its owner.
_ASKED = """\
  LEFT JOIN pg_attrdef AS given ON given.adrelid = attribute.attrelid AND given.adnum = attribute.attnum
  JOIN pg_depend AS depend
    ON (depend.classid = 'pg_attrdef'::regclass AND depend.objid = given.oid
        AND depend.refclassid = 'pg_class'::regclass)
    OR (depend.classid = 'pg_class'::regclass AND depend.refclassid = 'pg_class'::regclass
        AND depend.refobjid = attribute.attrelid AND depend.refobjsubid = attribute.attnum
        AND depend.deptype IN ('a', 'i'))
  JOIN pg_class AS made
    ON made.oid = CASE depend.classid WHEN 'pg_attrdef'::regclass THEN depend.refobjid ELSE depend.objid END
  JOIN pg_sequence ON seqrelid = made.oid
"""

_SEQUENCE = f"""
SELECT made.oid::regclass::text, seqincrement
  FROM pg_attribute AS attribute
{_ASKED} WHERE attribute.attrelid = %s::regclass AND attribute.attname = %s
 ORDER BY depend.classid = 'pg_attrdef'::regclass DESC
 LIMIT 1
"""

# Not of texts; and without an index, finding the last number reads the whole table, while nobody may write.
_LIMITS = """
SELECT seqmin, seqmax,
       EXISTS (SELECT FROM pg_index JOIN pg_class AS made ON made.oid = indexrelid JOIN pg_am ON pg_am.oid = made.relam
                WHERE indrelid = attrelid AND indkey[0] = attnum AND indpred IS NULL AND indisvalid
                  AND amname = 'btree')
  FROM pg_attribute JOIN pg_sequence ON seqrelid = %s::regclass
 WHERE attrelid = %s::regclass AND attname = %s AND atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
"""

_NUMBERED = """
SELECT DISTINCT class.relname::text, attname::text
  FROM pg_class AS class
  JOIN pg_attribute ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef AS given ON adrelid = class.oid AND adnum = attnum
  LEFT JOIN pg_depend AS depend ON depend.classid = 'pg_attrdef'::regclass AND depend.objid = given.oid
                               AND depend.refclassid = 'pg_class'::regclass
  LEFT JOIN pg_sequence ON seqrelid = depend.refobjid
 WHERE class.relname = ANY(%s) AND class.relkind IN ('r', 'p') AND pg_table_is_visible(class.oid)
   AND (attidentity <> '' OR seqrelid IS NOT NULL)
"""

# A sequence that several columns use can be owned by one of them only.
_SEQUENCES = f"""
SELECT DISTINCT ON (class.relname, attname) class.relname::text, attname::text, made.oid::regclass::text,
       format_type(atttypid, NULL), format_type(seqtypid, NULL), seqincrement,
       CASE format_type(atttypid, NULL) WHEN 'smallint' THEN 32767 WHEN 'integer' THEN 2147483647
            ELSE 9223372036854775807 END,
       seqmax,
       NOT EXISTS (SELECT FROM pg_depend AS owner
                    WHERE owner.classid = 'pg_class'::regclass AND owner.objid = made.oid
                      AND owner.refclassid = 'pg_class'::regclass AND owner.refobjsubid > 0
                      AND owner.deptype IN ('a', 'i'))
       AND (SELECT count(*) = 1 FROM pg_depend AS asking
             WHERE asking.classid = 'pg_attrdef'::regclass AND asking.refclassid = 'pg_class'::regclass
               AND asking.refobjid = made.oid)
  FROM pg_class AS class
  JOIN pg_attribute AS attribute ON attrelid = class.oid AND attnum > 0 AND NOT attisdropped
{_ASKED} WHERE class.relname = ANY(%s) AND class.relkind IN ('r', 'p') AND pg_table_is_visible(class.oid)
   AND atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
 ORDER BY class.relname, attname, depend.classid = 'pg_attrdef'::regclass DESC
"""


_LOOSE = """
SELECT seqrelid::regclass::text
  FROM pg_sequence JOIN pg_class AS made ON made.oid = seqrelid
 WHERE pg_table_is_visible(made.oid) AND made.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM pg_depend
                    WHERE classid = 'pg_class'::regclass AND objid = made.oid
                      AND refclassid = 'pg_class'::regclass AND refobjsubid > 0 AND deptype IN ('a', 'i'))
   AND NOT EXISTS (SELECT FROM pg_depend
                    WHERE classid = 'pg_attrdef'::regclass AND refclassid = 'pg_class'::regclass
                      AND refobjid = made.oid)
 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class NumberedColumn:
    """A column of whole numbers, its `type`, and the sequence that numbers it.

    `most` is the last number that both allow; a sequence that ends before the type does `ends_early`. An `ownerless`
    sequence is owned by no column, although only one uses it.
    """

    table: str
    column: str
    sequence: str
    type: str
    sequence_type: str
    step: int
    most: int
    ends_early: bool
    ownerless: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence by its name in SQL, with the number it gives `next`; the one after is `step` more (or fewer)."""

    name: str
    next: int
    step: int

    def not_before(self, number: int) -> int:
        """The first number from `number` on, in counting direction, that the sequence would give anyway."""
        ahead = (number - self.next) * (1 if self.step > 0 else -1)
        return self.next + self.step * max(0, -(-ahead // abs(self.step)))


def sequence_of(session: Session, table: str, column: str) -> Sequence | None:
    """The sequence that numbers the column of a table, by its quoted name; None where there is none."""
    for name, step in session.rows(_SEQUENCE, [table, column]):
        last, called = session.rows(f"SELECT last_value, is_called FROM {name}")[0]
        gone = int(str(step)) if called else 0
        return Sequence(str(name), int(str(last)) + gone, int(str(step)))
    return None


def numbered_columns(session: Session, tables: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Those columns of the tables that have a sequence, as table and column."""
    return frozenset((str(table), str(column)) for table, column in session.rows(_NUMBERED, [list(tables)]))


def sequences_of(session: Session, tables: Iterable[str]) -> tuple[NumberedColumn, ...]:
    """The columns of the tables that have a sequence, with how far it goes."""
    found = list[NumberedColumn]()
    for table, column, name, type_, own, step, fitting, last, ownerless in session.rows(_SEQUENCES, [list(tables)]):
        fits, ends = int(str(fitting)), int(str(last))
        names = (str(table), str(column), str(name), str(type_), str(own))
        found.append(NumberedColumn(*names, int(str(step)), min(fits, ends), ends < fits, bool(ownerless)))
    return tuple(found)


def loose_sequences(session: Session) -> tuple[str, ...]:
    """The sequences, by their names in SQL, that no column owns or uses: an application asks them itself."""
    return tuple(str(name) for (name,) in session.rows(_LOOSE))


def advance(session: Session, table: str, column: str, number: int) -> None:
    """Let the sequence continue from `number`, and beyond the existing numbers, unless it is further already."""
    sequence = sequence_of(session, table, column)
    if sequence is None:
        return
    following = sequence.not_before(_beyond_rows(session, table, column, sequence, number))
    if following != sequence.next:
        session.execute("SELECT setval(%s::regclass, %s, false)", [sequence.name, following])


def _beyond_rows(session: Session, table: str, column: str, sequence: Sequence, number: int) -> int:
    """`number`, or the one after those of the rows, which may have got theirs without a sequence of their table.

    Rows with numbers beyond the sequence's limit do not keep it from continuing.
    """
    upwards, name = sequence.step > 0, session.quoted(column)
    for least, most, indexed in session.rows(_LIMITS, [sequence.name, table, column]):
        if upwards and not indexed:
            return number
        ((last,),) = session.rows(f"SELECT {'max' if upwards else 'min'}({name}) FROM {table}")
        if last is not None:
            after = sequence.not_before(int(str(last)) + (1 if upwards else -1))
            if int(str(least)) <= after <= int(str(most)):
                return max(number, after) if upwards else min(number, after)
    return number
