"""Which declarations of the source's tables the created tables get as well: those that mean the same there.

Numbering, defaults, conditions, unique keys, indexes, foreign keys and comments are carried over where every column
they use is copied as it is, or is the key of the row it refers to. Everything else is reported, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from strangler_etl.engine.declaration import Condition, DeclaredCheck, DeclaredIndex, Numbering
from strangler_etl.mapping.carried import Carried, LeftOut, Making, copies, known
from strangler_etl.mapping.carried_references import carry_references
from strangler_etl.mapping.carried_sql import NotCarriedError, condition_in, default_in
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.values.conversions import Family, family_of

_LONG = "its texts may be longer than an index of PostgreSQL takes"


def carried(making: Making, table: MappedTable) -> Carried:
    """What the missing target table of a mapping gets from the declarations of its source table."""
    if table.claim is not None:
        return Carried(left_out=[LeftOut("what its source declares", "several tables become one")])
    carrier = _Carrier(making, table)
    carrier.carry()
    carry_references(carrier.carried, making, table)
    return carrier.carried


class _Carrier:
    def __init__(self, making: Making, table: MappedTable) -> None:
        self.carried = Carried()
        self._dialects = making.dialects
        self._target = making.target
        self._table = table
        self._name = making.target.quoted(table.target.name)
        self._declared = making.declarations[table.source.name]
        self._copies, self._known = copies(table), known(table)
        self._types = {name: column.type for name, column in table.target.columns.items()}

    def carry(self) -> None:
        """Carry everything but the foreign keys."""
        declared = self._declared
        for name, column in self._copies.items():
            if name in declared.numbered:
                self._number(column, declared.numbered[name])
            if own := declared.own_types.get(name):
                self.carried.types.append(own)
            if default := declared.defaults.get(name):
                self._default(column, default)
            if (computed := declared.computed.get(name)) is not None:
                why = f"the source computes it ({computed}), and nothing does for rows of the service"
                self._leave(f"the expression of {column}", why)
            if (comment := declared.comments.get(name)) is not None and self._target.dialect == "postgres":
                self._comment(f"COLUMN {self._name}.{self._target.quoted(column)}", comment)
        if declared.comment is not None and self._target.dialect == "postgres":
            self._comment(f"TABLE {self._name}", declared.comment)
        for check in declared.checks:
            self._check(check)
        for index in declared.indexes:
            self._index(index)
        for what, why in declared.others.items():
            self._leave(what, why)

    def _number(self, column: str, numbering: Numbering) -> None:
        if family_of(self._types[column]) is Family.WHOLE:
            self.carried.numbered[column] = numbering
        else:
            self._leave(f"the sequence of {column}", f"{self._types[column]} is no type of an identity")

    def _leave(self, what: str, why: str) -> None:
        self.carried.left_out.append(LeftOut(what, why))

    def _own(self, condition: Condition) -> Condition:
        """The condition with what it needs beyond the types that are created with the tables."""
        own = {f"type {type_.name}" for type_ in self._declared.own_types.values()}
        own |= {f"type {type_.name}[]" for type_ in self._declared.own_types.values()}
        needs = [part for part in (condition.needs or "").split(", ") if part and part not in own]
        return replace(condition, needs=", ".join(needs) or None)

    def _default(self, column: str, default: Condition) -> None:
        try:
            self.carried.defaults[column] = default_in(self._own(default), self._types[column], self._dialects)
        except NotCarriedError as error:
            self._leave(f"the default of {column} ({default.sql})", str(error))

    def _condition(self, condition: Condition) -> str:
        return condition_in(self._own(condition), self._copies, self._types, self._dialects)

    def _check(self, check: DeclaredCheck) -> None:
        what = f"the check {check.name}"
        try:
            if check.odd is not None:
                self._leave(what, check.odd)
            else:
                self.carried.constraints.append(f"CHECK ({self._condition(check.condition)})")
        except NotCarriedError as error:
            self._leave(what, str(error))

    def _comment(self, of: str, comment: str) -> None:
        said = comment.replace("'", "''")
        self.carried.comments.append(f"COMMENT ON {of} IS '{said}'")

    def _index(self, index: DeclaredIndex) -> None:
        what = f"the {'unique ' if index.unique else ''}index {index.name}"
        try:
            made = self._made(index)
        except NotCarriedError as error:
            self._leave(what, str(error))
            return
        if made is not None:
            (self.carried.constraints if index.constraint is not None else self.carried.indexes).append(made)

    def _made(self, index: DeclaredIndex) -> str | None:
        """The constraint or the statement; None where the columns already imply it. Raises NotCarriedError."""
        if index.odd is not None:
            raise NotCarriedError(index.odd)
        columns = [self._column(part.column) for part in index.parts]
        included = [self._column(name) for name in index.included]
        names = self._table.target.unique if index.where is None else frozenset[str]()
        if len(columns) == 1 and columns[0] in names and (index.unique or not self._crosses):
            return None
        if not index.unique and self._crosses and any(self._types[name] == "text" for name in columns):
            raise NotCarriedError(_LONG)
        listed = ", ".join(
            self._target.quoted(name) + part.suffix for name, part in zip(columns, index.parts, strict=True)
        )
        alike = " NULLS NOT DISTINCT" if index.nulls_alike else ""
        beside = f" INCLUDE ({', '.join(map(self._target.quoted, included))})" if included else ""
        if index.constraint is not None:
            return f"UNIQUE{alike} ({listed}){beside}{index.constraint}"
        where = f" WHERE {self._condition(index.where)}" if index.where is not None else ""
        method = f" USING {index.method}" if index.method else ""
        named = "" if self._target.dialect == "postgres" else f" {self._target.quoted(self._index_name(columns))}"
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        return f"CREATE {kind}{named} ON {self._name}{method} ({listed}){beside}{alike}{where}"

    @property
    def _crosses(self) -> bool:
        return self._dialects[0] != self._dialects[1]

    def _index_name(self, columns: Sequence[str]) -> str:
        taken = len(self.carried.indexes)
        return "_".join([self._table.target.name, *columns, *([str(taken)] if taken else []), "idx"])

    def _column(self, name: str | None) -> str:
        if name is None:
            raise NotCarriedError("it is over an expression")
        if name not in self._known:
            raise NotCarriedError(f"{name} is not copied as it is")
        return self._known[name]
