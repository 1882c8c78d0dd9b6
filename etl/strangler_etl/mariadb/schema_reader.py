"""Reads the tables of a MariaDB database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from strangler_etl.engine.schema import Column, SecondaryIndex, Table, UnindexedReference
from strangler_etl.engine.session import Session, Value
from strangler_etl.mariadb.types import postgres_type

_NAMES = """
SELECT table_name FROM information_schema.tables
 WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'strangler\\_%%' ORDER BY 1
"""
# A JSON column is a text with a check (https://mariadb.com/kb/en/json-data-type/).
_COLUMNS = """
SELECT columns.table_name, columns.column_name,
       CASE WHEN EXISTS (SELECT 1 FROM information_schema.check_constraints AS checks
                          WHERE checks.constraint_schema = columns.table_schema
                            AND checks.table_name = columns.table_name
                            AND lower(checks.check_clause) = concat('json_valid(`', lower(columns.column_name), '`)'))
            THEN 'json' ELSE columns.column_type END,
       columns.is_nullable = 'YES', columns.column_default IS NOT NULL OR columns.extra <> ''
  FROM information_schema.columns AS columns
 WHERE columns.table_schema = DATABASE() AND columns.table_name IN ({names})
 ORDER BY columns.table_name, columns.ordinal_position
"""
# A statement that alters a table, or empties it, creates the file of its definition again.
_MADE = """
SELECT tables.table_name, tables.create_time, columns.column_name, columns.ordinal_position
  FROM information_schema.tables AS tables
  JOIN information_schema.columns AS columns
    ON columns.table_schema = tables.table_schema AND columns.table_name = tables.table_name
 WHERE tables.table_schema = DATABASE() AND tables.table_name IN ({names})
 ORDER BY tables.table_name, columns.ordinal_position
"""
_INDEXES = """
SELECT table_name, index_name, non_unique,
       group_concat(column_name ORDER BY seq_in_index SEPARATOR '\\n'),
       max(sub_part IS NOT NULL)
  FROM information_schema.statistics
 WHERE table_schema = DATABASE() AND table_name IN ({names})
 GROUP BY table_name, index_name, non_unique ORDER BY table_name, index_name
"""
_PARENTS = """
SELECT DISTINCT table_name, referenced_table_name FROM information_schema.referential_constraints
 WHERE constraint_schema = DATABASE() AND table_name IN ({names})
"""
_REFERENCES = """
SELECT table_name, group_concat(column_name ORDER BY ordinal_position SEPARATOR '\\n'), referenced_table_name
  FROM information_schema.key_column_usage
 WHERE table_schema = DATABASE() AND referenced_table_name IN ({names})
 GROUP BY table_name, constraint_name, referenced_table_name
"""


def table_names(session: Session) -> Sequence[str]:
    """All tables of the database except strangler's own, sorted; without views."""
    return [str(name) for (name,) in session.rows(_NAMES, ())]


def tables(session: Session, names: Iterable[str]) -> Mapping[str, Table]:
    """Those of the tables that exist; their columns' types are in PostgreSQL's spelling."""
    wanted = list(names)
    if not wanted:
        return {}
    columns: dict[str, dict[str, Column]] = {}
    for table, name, type_, nullable, filled in _of(session, _COLUMNS, wanted):
        optional = bool(nullable) or bool(filled)
        found = Column(str(name), postgres_type(str(type_)), optional, bool(nullable))
        columns.setdefault(str(table), {})[found.name] = found
    unique: dict[str, set[str]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for table, index, repeated, listed, partial in _of(session, _INDEXES, wanted):
        first, *others = str(listed).split("\n")
        # An index on a text's prefix keeps the prefix unique, and so the text.
        if not repeated and not others:
            unique.setdefault(str(table), set()).add(first)
        if index == "PRIMARY" and not partial:
            keys[str(table)] = (first, *others)
    parents: dict[str, set[str]] = {}
    for table, parent in _of(session, _PARENTS, wanted):
        parents.setdefault(str(table), set()).add(str(parent))
    return {
        name: Table(
            name,
            found,
            keys.get(name, ()),
            frozenset(unique.get(name, ())),
            frozenset(parents.get(name, ())) - {name},
        )
        for name, found in columns.items()
        if name in wanted
    }


def fingerprints(session: Session, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
    """When each table was last created or altered, and its columns' positions: see `Database.fingerprints`."""
    named = {name.lower() for name in columns}
    found: dict[str, str] = {}
    for table, made, column, place in _of(session, _MADE, tables) if tables else ():
        found.setdefault(str(table), str(made))
        if str(column).lower() in named:
            found[str(table)] += f" {column}={place}"
    return found


def secondary_indexes(session: Session, table: str) -> Sequence[SecondaryIndex]:
    """The indexes of the table that keep no values unique."""
    found: list[SecondaryIndex] = []
    for _, index, repeated, listed, _ in _of(session, _INDEXES, [table]):
        if repeated:
            name, columns = session.quoted(str(index)), ", ".join(map(session.quoted, str(listed).split("\n")))
            definition = f"CREATE INDEX {name} ON {session.quoted(table)} ({columns})"
            found.append(SecondaryIndex(str(index), name, definition))
    return found


def unindexed_references(_session: Session, _parents: Sequence[str]) -> Sequence[UnindexedReference]:
    """Empty: InnoDB makes an index for every foreign key."""
    return ()


def referred_to(session: Session, table: str) -> bool:
    """Whether foreign keys refer to the table."""
    return bool(_of(session, _REFERENCES, [table]))


def _of(session: Session, query: str, names: Sequence[str]) -> Sequence[tuple[Value, ...]]:
    marks = ", ".join([session.placeholder] * len(names))
    return session.rows(query.replace("{names}", marks), names)
