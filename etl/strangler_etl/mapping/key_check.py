"""Whether every row of the source has a key, and one of its own in the target."""

from __future__ import annotations

from strangler_etl.engine.database import Database
from strangler_etl.errors import BackfillError, DatabaseError
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable, ServiceMapping
from strangler_etl.values.conversions import Family, family_of, loss_of


def require_keys(source: Database, target: Database, mapping: ServiceMapping) -> None:
    """Raise BackfillError where rows could not be found again, or one would take the place of another."""
    for table in mapping.tables:
        _require_present(source, table, mapping.service)
        form = _form_in_target(source, target, table)
        if form is not None:
            _require_distinct(source, table, form, mapping.service)


def _require_present(source: Database, table: MappedTable, service: str) -> None:
    # SQLite lets a primary key be NULL.
    name, key = table.source.name, table.source_key
    if not table.source.columns[key].nullable:
        return
    condition = f"WHERE {source.quoted(key)} IS NULL"
    if found := source.rows(f"SELECT count(*) FROM {source.quoted(name)} {condition} HAVING count(*) > 0"):
        raise BackfillError(
            service,
            f"rows of {name} have no {key}, so nobody could find them again: {found[0][0]}",
            f"give them one; they are: SELECT * FROM {source.quoted(name)} {condition}",
        )


def _form_in_target(source: Database, target: Database, table: MappedTable) -> str | None:
    """The key as the type of the target has it, in SQL of the source; None where keys that differ stay different."""
    here, there = table.source.columns[table.source_key].type, table.target.columns[table.key].type
    copied = any(column.target == table.key and isinstance(column, ExpressionColumn) for column in table.columns)
    same = family_of(here) is family_of(there) and not loss_of(here, there)
    if not copied or same or target.dialect != "postgres":
        return None
    key = source.quoted(table.source_key)
    if source.dialect == "postgres":
        return f"CAST({key} AS {there})"
    if family_of(there) is not Family.IDENTIFIER:
        return None
    return f"lower(replace(replace(replace({key}, '-', ''), '{{', ''), '}}', ''))"


def _require_distinct(source: Database, table: MappedTable, form: str, service: str) -> None:
    # One UUID with dashes and one without are two texts; the row that comes later would take the place of the other.
    query = f"SELECT {form} FROM {source.quoted(table.source.name)} GROUP BY 1 HAVING count(*) > 1 LIMIT 1"
    try:
        found = source.rows(query)
    except DatabaseError:
        return  # A key does not fit: the row it is in is named when it is copied.
    if found:
        raise BackfillError(
            service,
            f"several rows of {table.source.name} have the same {table.key} in the target: {found[0][0]}",
            f'make their {table.source_key} differ there too, or derive the key: {table.key} = {{ key = "uuid" }}',
        )
