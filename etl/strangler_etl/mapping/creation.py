"""The statements that create the tables a mapping needs and the target lacks.

Columns are those of the draft; references inside the mapping become foreign keys that are checked at commit, so that
rows of one transaction may come in any order. Other declarations of the source are carried over where they mean the
same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlglot import exp

from strangler.project import Expression, TableMapping
from strangler_etl.engine.database import Database
from strangler_etl.engine.declaration import Numbering
from strangler_etl.engine.schema import Column
from strangler_etl.errors import DatabaseError, MappingError
from strangler_etl.mapping.carried import Carried, LeftOut, Making
from strangler_etl.mapping.carried_references import CHECKED_LAST
from strangler_etl.mapping.carrying import carried
from strangler_etl.mapping.declared import declaration_of
from strangler_etl.mapping.mapping import DerivedColumn, ExpressionColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.mapping_error import mapping_error
from strangler_etl.mapping.part_numbers import Turn, turn_of

_NUMBERS = ("smallint", "integer", "bigint")


@dataclass(frozen=True, slots=True)
class Creation:
    """A missing target table, and the statements that create it.

    The `types` it needs come before it, `further` statements after it, and the `late` ones after all tables. `left_out`
    is what its source declares and it does not get. It belongs to the first mapping with this target, `name`. The
    `numbered` columns give rows born in the service their numbers. `type_names` are those of the `types`, as SQL.
    """

    table: str
    statement: str
    types: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    name: str = ""
    numbered: tuple[str, ...] = ()
    type_names: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        """All statements, in order."""
        return (*self.types, self.statement, *self.further, *self.late)


def creations(
    mapping: ServiceMapping, said: Sequence[TableMapping], missing: Sequence[str], source: Database, target: Database
) -> tuple[Creation, ...]:
    """The statements for the missing tables of a checked mapping, parents first; `said` are its mappings in the file.

    Raises MappingError where a column needs a type that the target lacks.
    """
    if not missing:
        return ()
    declarations = {name: declaration_of(source, name) for name in {one.source.name for one in mapping.tables}}
    places = list(dict.fromkeys(table.target.name for table in mapping.tables))
    there = [name for name in places if name not in missing]
    making, made = Making(mapping, declarations, source, target, there), list[Creation]()
    types = set[str]()
    for table in mapping.tables:
        if table.target.name not in missing or table.target.name in there:
            continue
        gets = carried(making, table)
        there.append(table.target.name)
        new = {own.name: own.statement for own in gets.types if own.name not in types and _is_unknown(target, own.name)}
        types |= new.keys()
        numbered = tuple(c.name for c in table.target.columns.values() if _numbers_itself(table, c, target, gets))
        if target.dialect == "postgres":
            _require_types(mapping.service, next(one for one in said if one.name == table.name), table, types, target)
        made.append(
            Creation(
                table.target.name,
                _statement(mapping, table, target, gets),
                tuple(new.values()),
                (*gets.indexes, *gets.comments),
                tuple(gets.late),
                (*gets.left_out, *_taking_turns(turn_of(mapping, table), numbered, table, target)),
                table.name,
                numbered,
                tuple(new),
            )
        )
    return tuple(made)


def referred_by(mapping: ServiceMapping, table: MappedTable, column: str) -> MappedTable | None:
    """The table that a foreign key of a column leads to where `table` is created; None where it gets none."""
    if table.remapped and (column,) == table.key:
        return None
    of = next((one.of for one in table.columns if isinstance(one, DerivedColumn) and one.target == column), None)
    found = None if of is None else mapping.of_source(of)
    # No part of a table that is split by rows has all rows.
    return found if found is not None and mapping.whole(found) else None


def create(service: str, mappings: Sequence[TableMapping], created: Iterable[Creation], target: Database) -> None:
    """Run the statements, in a transaction; MappingError at the line of the mapping that the target refuses."""
    said = {mapping.name: mapping for mapping in mappings}
    created = tuple(created)
    steps = [(one, (*one.types, one.statement)) for one in created]
    steps += [(one, one.further) for one in created] + [(one, one.late) for one in created]
    for creation, statements in steps:
        for statement in statements:
            try:
                with target.transaction():
                    target.execute(statement)
            except DatabaseError as error:
                raise _refused(service, said[creation.name], creation, error) from error


def _refused(service: str, mapping: TableMapping, creation: Creation, error: DatabaseError) -> MappingError:
    """The error for a refused statement, at the column it is about where that can be found out."""
    remedy = f"make {creation.table} by hand, or say it otherwise; the statements: strangler etl plan {service}"
    for name in mapping.columns:
        if f'"{name}"' in error.what or f"column {name} " in error.what:
            return mapping_error(service, mapping, f"the target refuses {name}: {error.what}", remedy, "columns", name)
    return mapping_error(service, mapping, f"the target refuses {creation.table}: {error.what}", remedy, "target")


def _require_types(
    service: str, mapping: TableMapping, table: MappedTable, made: AbstractSet[str], target: Database
) -> None:
    for name, column in table.target.columns.items():
        if column.type.removesuffix("[]") not in made and _is_unknown(target, column.type):
            what = f"the target has no type {column.type}, which {name} needs"
            sql = next(
                (one.sql for key, one in mapping.columns.items() if key == name and isinstance(one, Expression)), name
            )
            remedy = f"make it there first, or write another type: ({sql})::text"
            raise mapping_error(service, mapping, what, remedy, "columns", name)


def _is_unknown(target: Database, type_: str) -> bool:
    return target.rows("SELECT to_regtype(%s) IS NULL", [type_]) == [(True,)]


def _statement(mapping: ServiceMapping, table: MappedTable, target: Database, gets: Carried) -> str:
    lines = ",\n".join(f"    {line}" for line in (*_lines(mapping, table, target, gets), *gets.constraints))
    return f"CREATE TABLE {target.quoted(table.target.name)} (\n{lines}\n)"


def _lines(mapping: ServiceMapping, table: MappedTable, target: Database, gets: Carried) -> Iterator[str]:
    defaults = {**{name: f" DEFAULT {sql}" for name, sql in gets.defaults.items()}, **_defaults(table, target)}
    for column in table.target.columns.values():
        numbering = _numbering(table, column, target, gets, turn_of(mapping, table))
        # SQLite only numbers a key of exactly this type.
        type_ = "integer" if _is_row_number(table, column, target, gets) else column.type
        line = f"{target.quoted(column.name)} {type_}{numbering}{_constraint(table, column, target, gets)}"
        line += defaults.get(column.name, "")
        referred = referred_by(mapping, table, column.name)
        if referred is not None:
            line += (
                f" REFERENCES {target.quoted(referred.target.name)} ({target.quoted(referred.key[0])})"
                f"{gets.actions.get(column.name, '')}{CHECKED_LAST}"
            )
        yield line
    if len(table.key) > 1:
        yield f"PRIMARY KEY ({', '.join(map(target.quoted, table.key))})"


def _defaults(table: MappedTable, target: Database) -> Mapping[str, str]:
    """Defaults of `initial` columns that read no source column: rows born in the service begin like copied ones."""
    own = [column for column in table.columns if isinstance(column, ExpressionColumn) and column.initial]
    return {
        column.target: f" DEFAULT ({column.expression.sql(dialect=target.dialect)})"
        for column in own
        if column.expression.find(exp.Column) is None
    }


def _numbering(table: MappedTable, column: Column, target: Database, gets: Carried, turn: Turn) -> str:
    """The SQL that lets rows born in the service get their numbers."""
    if not _numbers_itself(table, column, target, gets):
        return ""
    if target.dialect == "sqlite":
        # AUTOINCREMENT never gives a number twice.
        return " PRIMARY KEY AUTOINCREMENT" if _is_row_number(table, column, target, gets) else ""
    options = gets.numbered.get(column.name, Numbering()).options(turn.place, turn.of)
    return f" GENERATED BY DEFAULT AS IDENTITY{f' ({options})' if options else ''}"


def _taking_turns(turn: Turn, numbered: Iterable[str], table: MappedTable, target: Database) -> Iterator[LeftOut]:
    # SQLite can only count by one.
    for column in numbered if turn.of > 1 and target.dialect == "postgres" else ():
        why = (
            f"{table.source.name} is split by its rows into {turn.of} tables that number what is born in them, and no"
            f" two rows must get one number: of each {turn.of} this one gives one"
        )
        yield LeftOut(f"the numbering of {column} one by one", why)


def _numbers_itself(table: MappedTable, column: Column, target: Database, gets: Carried) -> bool:
    if column.type.lower() not in _NUMBERS or (table.claim is not None and target.dialect == "sqlite"):
        # Where several tables become one, two rows may share a number, and SQLite numbers unique keys only.
        return False
    return column.name == table.number or column.name in gets.numbered


def _is_row_number(table: MappedTable, column: Column, target: Database, gets: Carried) -> bool:
    """Whether SQLite keeps the column as the row's rowid."""
    names = (table.number,) if table.number is not None else table.key
    return target.dialect == "sqlite" and (column.name,) == names and _numbers_itself(table, column, target, gets)


def _constraint(table: MappedTable, column: Column, target: Database, gets: Carried) -> str:
    if _is_row_number(table, column, target, gets):
        return ""
    numbered = any(_is_row_number(table, one, target, gets) for one in table.target.columns.values())
    if (column.name,) == table.key and not numbered:
        return " PRIMARY KEY"
    required = "" if column.nullable and column.name not in table.key else " NOT NULL"
    return f"{required} UNIQUE" if column.name in table.target.unique else required
