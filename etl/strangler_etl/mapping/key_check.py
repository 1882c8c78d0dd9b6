"""Whether every row of the source has a key, and keeps one of its own in the target."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name, key_of_table
from strangler_etl.engine.session import Row
from strangler_etl.errors import BackfillError, RowRefusedError, SharedKeyError
from strangler_etl.mapping.key_spelling import require_one_spelling
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.selects import forward_select
from strangler_etl.values.conversions import Family, family_of, loss_of


def require_keys(source: Database, target: Database, mapping: ServiceMapping) -> None:
    """Raise BackfillError where rows could not be found again, SharedKeyError where one would overwrite another."""
    for table in mapping.tables:
        _require_present(source, table, mapping.service)
        require_one_spelling(source, target, table)
        if form := key_form(source, target, table):
            require_distinct(source, table, form)


def _require_present(source: Database, table: MappedTable, service: str) -> None:
    # SQLite lets a primary key be NULL.
    name, key = table.source.name, key_name(table.source_key)
    optional = [column for column in table.source_key if table.source.columns[column].nullable]
    if not optional:
        return
    condition = f"WHERE {' OR '.join(f'{source.quoted(column)} IS NULL' for column in optional)}"
    if found := source.rows(f"SELECT count(*) FROM {source.quoted(name)} {condition} HAVING count(*) > 0"):
        raise BackfillError(
            service,
            f"rows of {name} have no {key}, so nobody could find them again: {found[0][0]}",
            f"give them one; they are: SELECT * FROM {source.quoted(name)} {condition}",
        )


@dataclass(frozen=True, slots=True)
class KeyForm:
    """A form that two different source keys share where the target takes them for equal: as SQL, and of a text."""

    sql: Callable[[str], str]
    text: Callable[[str], str]


def key_form(source: Database, target: Database, table: MappedTable) -> KeyForm | None:
    """The form in which keys of the table may collide; None where different keys stay different."""
    first, *further = table.key_columns
    if further or first.source is None:
        # Each part keeps its type: the check of the mapping ensures it.
        return None
    here, there = table.source.columns[first.source].type, table.target.columns[first.target].type
    copied = isinstance(first, ExpressionColumn)
    same = family_of(here) is family_of(there) and not loss_of(here, there)
    if not copied or same or target.dialect != "postgres":
        return None
    if family_of(there) is Family.IDENTIFIER:
        return _SPELLING
    if source.dialect == "postgres":
        return KeyForm(lambda key: f"CAST({key} AS {there})", str)
    if (family_of(here), family_of(there)) == (Family.TEXT, Family.WHOLE):
        return KeyForm(lambda key: f"CAST({key} AS {_WHOLE[source.dialect]})", _plain_number)
    return None


def _plain_number(key: str) -> str:
    return str(int(key)) if key.strip().lstrip("+-").isdecimal() else key


_WHOLE = {"sqlite": "integer", "mariadb": "SIGNED"}
"""How engines spell the whole-number type in a cast."""


def _digits(key: str) -> str:
    return re.sub("[-{}]", "", key).lower()


_SPELLING = KeyForm(lambda key: f"lower(replace(replace(replace({key}, '-', ''), '{{', ''), '}}', ''))", _digits)
"""A UUID may be written with dashes, in braces, and in capitals."""


def require_distinct(source: Database, table: MappedTable, form: KeyForm, keys: Sequence[str] | None = None) -> None:
    """Raise SharedKeyError where several rows of the source would be one in the target.

    With `keys` (source keys in text form), only where one of these would. Reads every row of the source, unless an
    index on the form exists.
    """
    key = key_of_table(source, table.source, table.source_key)
    condition, parameters = ("TRUE", None) if keys is None else _met(source, table, form, keys)
    least, most = (f"{of}({key.as_text(source)})" for of in ("min", "max"))
    query = (
        f"SELECT {least}, {most} FROM {source.quoted(table.source.name)}"
        f" WHERE {condition} GROUP BY {form.sql(key.order)} HAVING count(*) > 1 LIMIT 1"
    )
    # One UUID with and without dashes is two texts; the later row would take the place of the earlier.
    if found := _rows(source, query, parameters):
        one, other = map(str, found[0])
        raise SharedKeyError(
            source.address, table.source.name, key_name(table.source_key), key_name(table.key), (one, other)
        )


def rows_met(source: Database, table: MappedTable, form: KeyForm, keys: Sequence[str]) -> Mapping[str, str]:
    """The copied rows whose key has the form of one of `keys`, which need not exist: source key -> form."""
    select = forward_select(source, table)
    condition, parameters = _met(source, table, form, keys)
    where = f"({select.where}) AND {condition}" if select.where else condition
    written = (select.key.as_text(source), source.as_text(form.sql(select.key.order), "text"))
    met = replace(select, columns=("key", "form"), expressions=written, where=where)
    found = _rows(source, met.between(source)[0], parameters)
    return {str(key): str(formed) for key, formed in found}


def _met(source: Database, table: MappedTable, form: KeyForm, keys: Sequence[str]) -> tuple[str, Sequence[str]]:
    (part,) = key_of_table(source, table.source, table.source_key).parts
    mark = form.sql(source.keyed(source.placeholder, part.type))
    return f"{form.sql(part.sql)} IN ({', '.join([mark] * len(keys))})", keys


def _rows(source: Database, query: str, parameters: Sequence[str] | None) -> Sequence[Row]:
    try:
        with source.transaction():
            return source.rows(query, parameters)
    except RowRefusedError:
        return ()  # A key does not fit; copying names the row.
