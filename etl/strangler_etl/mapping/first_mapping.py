"""The first mapping of a service, written from the map of the monolith: something to edit, with what is to be decided.

Tables get keys of their own beside the monolith's numbers, columns keep their names, foreign keys inside the boundary
follow the new keys, and those that cross it keep what they hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from strangler.model.errors import InputError
from strangler.model.tables import Column, ForeignKey, Table

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NUMBERED = re.compile(r"(big|small|tiny)?(auto|integer|serial|int)\w*|identity", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|fax|ip|street|address|zip|postcode|birth\w*|(first|last|full)_name|iban|ssn|pass\w*)(_|$)",
    re.IGNORECASE,
)


_SQL_WORDS = frozenset(
    """
    all and any array as asc both case cast check collate column constraint create current_date current_time
    current_timestamp current_user default desc distinct do else end except false fetch for foreign from grant group
    having in initially intersect into leading limit not null offset on only or order primary references returning
    select session_user some table then to trailing true union unique user using when where window with
    """.split()  # noqa: SIM905 - a list of them is longer and says no more
)


@dataclass(frozen=True, slots=True)
class FirstMapping:
    """The text to add to ``strangler.toml``; `crossing` counts the foreign keys that lead out of the boundary or in."""

    text: str
    tables: tuple[str, ...]
    crossing: int


def first_mapping(service: str, owned: Sequence[str], tables: Mapping[str, Table]) -> FirstMapping:
    """Map the `owned` tables of a service; `tables` are all of the monolith by name.

    Raises InputError for an owned table that is not among them.
    """
    for name in owned:
        if name not in tables:
            raise InputError(
                f"the map of the monolith has no table {name}",
                where=f"[services.{service}] tables",
                remedy="mend its name, or run: strangler analyze",
            )
    draft = _Draft(service, tuple(owned), tables)
    return FirstMapping("\n".join(draft.lines()) + "\n", tuple(owned), draft.crossing)


class _Draft:
    def __init__(self, service: str, owned: tuple[str, ...], tables: Mapping[str, Table]) -> None:
        self._service = service
        self._owned = owned
        self._tables = tables
        self._targets = _target_names(owned, tables)

    @property
    def crossing(self) -> int:
        """The foreign keys that cross the boundary."""
        return sum(1 for table in self._tables.values() for key in table.foreign_keys if self._crosses(table, key))

    def _crosses(self, table: Table, key: ForeignKey) -> bool:
        return (table.name in self._owned) != (key.target_table in self._owned)

    def lines(self) -> Iterator[str]:
        yield ""
        yield f"# How the monolith's tables become those of {self._service}: a first mapping, made from its map."
        yield f"# A line is: target column = what it holds. Look it over, then run: strangler etl plan {self._service}"
        yield '# A column only the service has: column = { default = "..." }. A table is split by further mappings,'
        yield '# each with source = "TABLE"; several become one by one target and constants that tell them apart.'
        for name in self._owned:
            yield ""
            yield from self._table(self._tables[name])
        yield from self._replicas()

    def _table(self, table: Table) -> Iterator[str]:
        keys = [column for column in table.columns if column.primary_key]
        for other, key in self._referring(table.name):
            yield f"# {other}.{key.column} refers to this table and stays in the monolith: decide what becomes of it."
        if not keys:
            yield "# Its rows can be followed only with a primary key, which the map does not show."
            yield from _association_key(table)
        elif len(keys) > 1:
            named = " and ".join(key.name for key in keys)
            yield f"# A row is known by {named} together: leave none out, and let them be the target's primary key."
        path = f"etl.{_key(self._service)}.tables.{_key(table.name)}"
        yield f"[{path}]"
        yield f"target = {_quoted(self._targets[table.name])}"
        yield ""
        yield f"[{path}.columns]"
        names = {column.name for column in table.columns}
        referring = {key.column: key for key in table.foreign_keys}
        for column in table.columns:
            if len(keys) == 1 and column.primary_key:
                yield from self._primary(column, names)
            elif column.name in referring:
                yield from self._reference(column, referring[column.name])
            else:
                yield f"{_key(column.name)} = {_sql(column.name)}{_personal(column)}"

    def _primary(self, column: Column, names: set[str]) -> Iterator[str]:
        if not _NUMBERED.fullmatch(column.type):
            yield f"{_key(column.name)} = {_sql(column.name)}  # the key stays as it is"
            return
        number = next(name for name in ("number", "source_number", "v1_number") if name not in names)
        yield "# Keys of its own, and the monolith's number, by which clients know a row. To keep the numbers as keys,"
        yield f"# write only: {_key(column.name)} = {_sql(column.name)}"
        yield f'{_key(column.name)} = {{ key = "uuid" }}'
        yield f'{number} = {{ key = "source" }}'

    def _reference(self, column: Column, key: ForeignKey) -> Iterator[str]:
        parent = self._tables.get(key.target_table)
        own = [column for column in parent.columns if column.primary_key] if parent else []
        if key.target_table not in self._owned:
            yield f"# {key.target_table} stays in the monolith: {column.name} is kept, and no foreign key sees to it."
            yield f"{_key(column.name)} = {_sql(column.name)}"
        elif [one.name for one in own if _NUMBERED.fullmatch(one.type)] == [key.target_column] and len(own) == 1:
            yield f'{_key(column.name)} = {{ key = "uuid", of = {_quoted(key.target_table)} }}'
        else:
            yield f"{_key(column.name)} = {_sql(column.name)}"

    def _referring(self, name: str) -> Iterator[tuple[str, ForeignKey]]:
        for table in self._tables.values():
            if table.name not in self._owned:
                yield from ((table.name, key) for key in table.foreign_keys if key.target_table == name)

    def _replicas(self) -> Iterator[str]:
        outside = dict.fromkeys(
            key.target_table
            for name in self._owned
            for key in self._tables[name].foreign_keys
            if key.target_table not in self._owned
        )
        if not outside:
            return
        yield ""
        yield "# What the service has to know of rows that stay: replicas, followed for ever, never written by it. Add"
        yield "# the columns it reads to the keys."
        for name in outside:
            columns = self._tables[name].columns if name in self._tables else ()
            keys = [column.name for column in columns if column.primary_key] or ["id"]
            path = f"etl.{_key(self._service)}.tables.{_key(name)}"
            yield f"# [{path}]"
            yield f"# target = {_quoted(name)}"
            yield f"# columns = {{ {', '.join(f'{_key(one)} = {_sql(one)}' for one in keys)} }}"


def _association_key(table: Table) -> Iterator[str]:
    """How a table that only says which rows belong together gets a key: ORMs make many without."""
    referring = list(dict.fromkeys(key.column for key in table.foreign_keys))
    if len(referring) < 2:
        return
    yield "# As an association table it can have one of its foreign keys, if no pair is there twice. In the monolith:"
    yield f"# ALTER TABLE {_column(table.name)} ADD PRIMARY KEY ({', '.join(map(_column, referring))})"


def _personal(column: Column) -> str:
    if not _PERSONAL.search(column.name):
        return ""
    return f"  # personal? leave it out, or write {{ mask = {_sql(column.name)} }} or {{ hash = {_sql(column.name)} }}"


def _target_names(owned: Sequence[str], tables: Iterable[str]) -> Mapping[str, str]:
    """Without what the names begin with: ``reviews_review`` is ``review``, unless two tables were called alike.

    Or one of the monolith is: ``roles_users`` are no users.
    """
    short = {name: name.partition("_")[2] or name for name in owned}
    taken = [*short.values(), *({*tables} - {*owned})]
    return {
        name: one if taken.count(one) == 1 and one not in {*owned} - {name} else name for name, one in short.items()
    }


def _quoted(text: str) -> str:
    # A basic string of TOML; it has no surrogates, by which JSON would write letters beyond the first plane.
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _is_column(name: str) -> bool:
    """Whether who reads the mapping takes the bare name for that of a column."""
    try:
        return isinstance(parse_one(name, dialect="postgres"), exp.Column)
    except SqlglotError:
        return False


def _sql(name: str) -> str:
    """A column's name as SQL in a TOML string."""
    return _quoted(_column(name))


def _column(name: str) -> str:
    """A name as SQL; quoted where SQL would read it otherwise."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _SQL_WORDS and _is_column(name)
    return name if plain else '"' + name.replace('"', '""') + '"'
