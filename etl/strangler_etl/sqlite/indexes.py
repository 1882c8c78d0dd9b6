"""The indexes of a SQLite table."""

from __future__ import annotations

import json
from collections.abc import Sequence

from strangler_etl.engine.schema import SecondaryIndex, UnindexedReference
from strangler_etl.engine.session import Session


def unique_columns(session: Session, table: str, *, partial: bool = True) -> Sequence[Sequence[str]]:
    """The columns of each unique index, except indexes over expressions."""
    found = session.rows(
        """
        SELECT json_group_array(info.name) FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
         WHERE list."unique" AND list.partial <= ? GROUP BY list.name HAVING count(*) = count(info.name)
        """,
        [table, partial],
    )
    return [json.loads(str(columns)) for (columns,) in found]


def folding_columns(session: Session, table: str) -> frozenset[str]:
    """The columns that an index compares by another collation than the bytes: ``NOCASE``, ``RTRIM``, or an own one."""
    found = session.rows(
        "SELECT info.name FROM pragma_index_list(?) AS list, pragma_index_xinfo(list.name) AS info"
        " WHERE info.key AND info.name IS NOT NULL AND upper(info.coll) <> 'BINARY'",
        [table],
    )
    return frozenset(str(name) for (name,) in found)


def secondary_indexes(session: Session, table: str) -> Sequence[SecondaryIndex]:
    """The indexes of a table that keep no values unique."""
    found = session.rows(
        "SELECT made.name, made.sql FROM sqlite_master AS made"
        " JOIN pragma_index_list(made.tbl_name) AS listed ON listed.name = made.name"
        " WHERE made.type = 'index' AND made.sql IS NOT NULL AND NOT listed.\"unique\""
        " AND lower(made.tbl_name) = lower(?) ORDER BY 1",
        [table],
    )
    return [SecondaryIndex(str(name), session.quoted(str(name)), str(definition)) for name, definition in found]


def unindexed_references(session: Session, parents: Sequence[str]) -> Sequence[UnindexedReference]:
    """The foreign keys of any table to one of the `parents` that no index begins with."""
    found = session.rows(
        """
        SELECT child, json_group_array(column), parent
          FROM (SELECT child.name AS child, key.id AS id, key."from" AS column, key."table" AS parent
                  FROM sqlite_master AS child, pragma_foreign_key_list(child.name) AS key
                 WHERE child.type = 'table' AND lower(key."table") IN (SELECT lower(value) FROM json_each(?))
                 ORDER BY child.name, key.id, key.seq)
         GROUP BY child, id, parent ORDER BY child, id
        """,
        [json.dumps(list(parents))],
    )
    references = [(str(table), tuple(json.loads(str(columns))), str(parent)) for table, columns, parent in found]
    return [
        UnindexedReference(table, columns, parent, _index(session, table, columns))
        for table, columns, parent in references
        if not _leading_columns(session, table) & set(columns)
    ]


def _leading_columns(session: Session, table: str) -> frozenset[str]:
    """The first columns of the indexes over all rows, and the column that is the rowid."""
    found = session.rows(
        """
        SELECT info.name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info
         WHERE NOT list.partial AND info.seqno = 0 AND info.name IS NOT NULL
        UNION SELECT name FROM pragma_table_info(?) WHERE pk = 1 AND upper(type) = 'INTEGER'
        """,
        [table, table],
    )
    return frozenset(str(name) for (name,) in found)


def _index(session: Session, table: str, columns: Sequence[str]) -> str:
    name = session.quoted("_".join([table, *columns]))
    return f"CREATE INDEX {name} ON {session.quoted(table)} ({', '.join(map(session.quoted, columns))})"
