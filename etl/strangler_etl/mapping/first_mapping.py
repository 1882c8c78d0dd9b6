"""The first mapping of a service, written from the map of the monolith: a text to edit, with the decisions to be made.

Where the service has a design document, tables, columns and keys follow it. Otherwise tables get keys of their own
beside the monolith's numbers, and columns keep their names. Foreign keys inside the boundary follow the new keys; those
that cross it keep their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler.model.designed_table import Design, DesignedTable
from strangler.model.errors import InputError
from strangler.model.tables import Column, ForeignKey, Table
from strangler_etl.mapping import written_names as written

_NUMBERED = re.compile(r"(big|small|tiny)?(auto|integer|serial|int)\w*|identity", re.IGNORECASE)
_NUMBERS = ("number", "source_number", "v1_number")
"""Names for the column with the monolith's number beside a key of the service's own, in order of preference."""
_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|fax|ip|street|address|zip|postcode|birth\w*|(first|last|full)_name|iban|ssn|pass\w*)(_|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FirstMapping:
    """The text to add to ``strangler.toml``; `crossing` counts the foreign keys that lead out of the boundary or in."""

    text: str
    tables: tuple[str, ...]
    crossing: int


def first_mapping(
    service: str, owned: Sequence[str], tables: Mapping[str, Table], design: Design | None = None
) -> FirstMapping:
    """Map the `owned` tables of a service; `tables` are all of the monolith's by name, `design` is from its document.

    Raises InputError for an owned table that is not among them.
    """
    for name in owned:
        if name not in tables:
            raise InputError(
                f"the map of the monolith has no table {name}",
                where=f"[services.{service}] tables",
                remedy="mend its name, or run: strangler analyze",
            )
    draft = _Draft(service, tuple(owned), tables, design)
    return FirstMapping("\n".join(draft.lines()) + "\n", tuple(owned), draft.crossing)


class _Draft:
    def __init__(
        self, service: str, owned: tuple[str, ...], tables: Mapping[str, Table], design: Design | None
    ) -> None:
        self._service = service
        self._owned = owned
        self._tables = tables
        self._design = design
        self._designed: Mapping[str, DesignedTable] = {} if design is None else design.tables
        self._targets = _target_names(owned, tables, self._designed)

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
        if self._design is not None:
            yield f"# Names and keys are those of {self._design.file}, from which the service is generated."
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
        designed = self._designed.get(table.name)
        if self._design is not None and designed is None:
            yield f"# No model of {self._design.file} is called after it: its names and keys are a proposal."
        path = f"etl.{written.key(self._service)}.tables.{written.key(table.name)}"
        yield f"[{path}]"
        yield f"target = {written.quoted(self._targets[table.name])}"
        yield ""
        yield f"[{path}.columns]"
        referring = {key.column: key for key in table.foreign_keys}
        names = {column.name: column.name for column in table.columns} if designed is None else designed.names
        for column in table.columns:
            name = names.get(column.name)
            if name is None:
                yield f"# {column.name} is no field of the document: map it, or name it in drop = [...] above."
            elif len(keys) == 1 and column.primary_key:
                yield from self._primary(column, name, table)
            elif column.name in referring:
                yield from self._reference(column, name, referring[column.name])
            else:
                yield f"{written.key(name)} = {written.sql(column.name)}{_personal(column)}"
        if designed is not None:
            yield from self._new(table, designed)

    def _primary(self, column: Column, name: str, table: Table) -> Iterator[str]:
        designed = self._designed.get(table.name)
        if not self._has_own_key(table):
            is_said = designed is not None and _NUMBERED.fullmatch(column.type)
            why = "as in the document" if is_said else "the key stays as it is"
            yield f"{written.key(name)} = {written.sql(column.name)}  # {why}"
            return
        if designed is None:
            taken = {column.name for column in table.columns}
            number = next(one for one in _NUMBERS if one not in taken)
            yield (
                "# Keys of its own, and the monolith's number, by which clients know a row."
                " To keep the numbers as keys,"
            )
            yield f"# write only: {written.key(name)} = {written.sql(column.name)}"
        else:
            number = _number(designed)
        yield f'{written.key(name)} = {{ key = "uuid" }}'
        if number is None:
            yield "# The document has no field for the monolith's number, without which no row goes back there."
            yield '# Add one to it, number of the type long, and here: number = { key = "source" }'
        else:
            yield f'{written.key(number)} = {{ key = "source" }}'

    def _has_own_key(self, table: Table) -> bool:
        """Whether the service has keys of its own: as its document says, else where the monolith numbers its rows."""
        keys = [column for column in table.columns if column.primary_key]
        if len(keys) != 1 or not _NUMBERED.fullmatch(keys[0].type):
            return False
        designed = self._designed.get(table.name)
        column = None if designed is None else designed.of(keys[0].name)
        return designed is None or (column is not None and column.is_uuid)

    def _reference(self, column: Column, name: str, key: ForeignKey) -> Iterator[str]:
        parent = self._tables.get(key.target_table)
        own = [column.name for column in parent.columns if column.primary_key] if parent else []
        if key.target_table not in self._owned:
            yield f"# {key.target_table} stays in the monolith: {column.name} is kept, and no foreign key sees to it."
            yield f"{written.key(name)} = {written.sql(column.name)}"
        elif parent is not None and own == [key.target_column] and self._has_own_key(parent):
            of = written.quoted(key.target_table)
            by = "" if name == column.name else f", from = {written.quoted(column.name)}"
            yield f'{written.key(name)} = {{ key = "uuid", of = {of}{by} }}'
        else:
            yield f"{written.key(name)} = {written.sql(column.name)}"

    def _new(self, table: Table, designed: DesignedTable) -> Iterator[str]:
        """The columns that the document has and the monolith lacks."""
        number = _number(designed) if self._has_own_key(table) else None
        for column in designed.new:
            if column.name != number:
                yield f"# {column.name} is in the document only. Say what it holds, as the document requires it:"
                yield f'# {written.key(column.name)} = "..."'

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
            path = f"etl.{written.key(self._service)}.tables.{written.key(name)}"
            yield f"# [{path}]"
            yield f"# target = {written.quoted(name)}"
            yield f"# columns = {{ {', '.join(f'{written.key(one)} = {written.sql(one)}' for one in keys)} }}"


def _association_key(table: Table) -> Iterator[str]:
    """The key of a table that only links rows to each other: ORMs make many without one."""
    referring = list(dict.fromkeys(key.column for key in table.foreign_keys))
    if len(referring) < 2:
        return
    yield "# As an association table it can have one of its foreign keys, if no pair is there twice. In the monolith:"
    yield f"# ALTER TABLE {written.column(table.name)} ADD PRIMARY KEY ({', '.join(map(written.column, referring))})"


def _personal(column: Column) -> str:
    if not _PERSONAL.search(column.name):
        return ""
    name = written.sql(column.name)
    return f"  # personal? leave it out, or write {{ mask = {name} }} or {{ hash = {name} }}"


def _number(designed: DesignedTable) -> str | None:
    """The document's column for the monolith's number."""
    return next((column.name for column in designed.new if column.name in _NUMBERS and column.is_whole), None)


def _target_names(
    owned: Sequence[str], tables: Iterable[str], designed: Mapping[str, DesignedTable]
) -> Mapping[str, str]:
    """Target names as the document says, else from behind the first underscore: ``reviews_review`` is ``review``.

    The prefix stays where two tables, or one and a table of the monolith, would get the same name: ``roles_users``.
    """
    said = {name: table.name for name, table in designed.items()}
    short = {name: name.partition("_")[2] or name for name in owned if name not in said}
    taken = [*said.values(), *short.values(), *({*tables} - {*owned})]
    return {
        name: one if taken.count(one) == 1 and one not in {*owned} - {name} else name for name, one in short.items()
    } | said
