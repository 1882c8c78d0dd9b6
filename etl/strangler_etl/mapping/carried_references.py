"""The foreign keys of the source's tables, translated to the tables created from them.

They are checked at commit, so that rows of one transaction may come in any order. A foreign key from a table of the
service to one that stays with the monolith never changes rows by itself: what the monolith deletes must not delete rows
that only the service may delete.
"""

from __future__ import annotations

from strangler_etl.engine.declaration import Declaration, DeclaredReference
from strangler_etl.engine.key_actions import Effect
from strangler_etl.mapping.carried import Carried, LeftOut, Making, copies, derived, known
from strangler_etl.mapping.carried_sql import NotCarriedError
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping

CHECKED_LAST = " DEFERRABLE INITIALLY DEFERRED"
_NUMBERS = frozenset({"smallint", "integer", "bigint"})


def carry_references(carried: Carried, making: Making, table: MappedTable) -> None:
    """Add the foreign keys to what a table gets, or to what it does not get."""
    target = making.target
    for reference in making.declarations[table.source.name].references:
        what = f"the foreign key {reference.name} to {reference.parent}"
        try:
            made = _Made(making, table, reference)
        except NotCarriedError as error:
            carried.left_out.append(LeftOut(what, str(error)))
            continue
        actions = made.actions(carried, what)
        if made.derived is not None:
            carried.actions[made.derived] = actions
            continue
        line = (
            f"FOREIGN KEY ({', '.join(map(target.quoted, made.columns))})"
            f" REFERENCES {target.quoted(made.parent.target.name)} ({', '.join(map(target.quoted, made.referred))})"
            f"{actions}{CHECKED_LAST}"
        )
        if target.dialect == "sqlite" or made.parent.target.name in {*making.there, table.target.name}:
            carried.constraints.append(line)
        else:
            carried.late.append(f"ALTER TABLE {target.quoted(table.target.name)} ADD {line}")


class _Made:
    """A foreign key between target tables; NotCarriedError where there can be none.

    `derived` is its column where that refers to a key of the service's own; otherwise `columns` refer to `referred`.
    """

    def __init__(self, making: Making, table: MappedTable, reference: DeclaredReference) -> None:
        self._table, self._reference = table, reference
        mapping = making.mapping
        if reference.odd is not None:
            raise NotCarriedError(reference.odd)
        if reference.parent not in {one.source.name for one in mapping.tables}:
            raise NotCarriedError(f"{reference.parent} is not mapped")
        self.parent = parent = mapping.of_source(reference.parent)
        own, own_copies = derived(table), copies(table)
        self.derived = self._derived(mapping)
        if self.derived is not None:
            return
        if parent.where is not None:
            raise NotCarriedError(f"not all rows of {reference.parent} are copied")
        if parent.claim is not None:
            raise NotCarriedError(f"{parent.target.name} has rows of several tables")
        there, there_copies = derived(parent), copies(parent)
        pairs: list[tuple[str, str]] = []
        for column, referred in zip(reference.columns, reference.referred, strict=True):
            if column in own_copies and referred in there_copies:
                pairs.append((own_copies[column], there_copies[referred]))
            elif column in own and referred in there and own[column].of == there[referred].of:
                pairs.append((own[column].target, there[referred].target))
            else:
                lacking = column if column not in {*own_copies, *own} else f"{reference.parent}.{referred}"
                raise NotCarriedError(f"{lacking} is not copied as it is")
        self.columns, self.referred = tuple(one for one, _ in pairs), tuple(other for _, other in pairs)
        self._require_alike()
        self._require_unique(making.declarations[parent.source.name])

    def _derived(self, mapping: ServiceMapping) -> str | None:
        if len(self._reference.columns) != 1:
            return None
        column = derived(self._table).get(self._reference.columns[0])
        if column is None or column.of != self._reference.parent:
            return None
        if not mapping.whole(self.parent):
            raise NotCarriedError(f"no mapping takes all rows of {self._reference.parent}")
        return column.target

    def _require_alike(self) -> None:
        for column, referred in zip(self.columns, self.referred, strict=True):
            here = self._table.target.columns[column].type.lower()
            there = self.parent.target.columns[referred].type.lower()
            if here != there and not {here, there} <= _NUMBERS:
                raise NotCarriedError(f"{column} is {here}, and {self.parent.target.name}.{referred} is {there}")

    def _require_unique(self, declared: Declaration) -> None:
        target, names = self.parent.target, known(self.parent)
        uniques = [set(target.key), *({name} for name in target.unique)]
        uniques += (
            {names.get(part.column or "", "") for part in index.parts}
            for index in declared.indexes
            if index.unique and index.where is None and index.odd is None
        )
        if {*self.referred} not in uniques:
            raise NotCarriedError(f"{', '.join(self.referred)} of {target.name} is not unique by itself")

    def actions(self, carried: Carried, what: str) -> str:
        """What it does to rows by itself, as SQL; actions that are lost are added to what is left out."""
        deleted, updated = self._reference.deleted, self._reference.updated
        if self._reference.restricts:
            carried.left_out.append(LeftOut(f"RESTRICT of {what.removeprefix('the ')}", "it is checked at commit"))
        if self.derived is not None:
            # A key of the service's own never changes, and has no default.
            updated = Effect.NOTHING
            deleted = Effect.NOTHING if deleted is Effect.SET_DEFAULT else deleted
        if self._table.owned and not self.parent.owned and {deleted, updated} != {Effect.NOTHING}:
            said = " and ".join(
                f"ON {when} {effect}"
                for when, effect in (("DELETE", deleted), ("UPDATE", updated))
                if effect is not Effect.NOTHING
            )
            why = f"{self.parent.source.name} stays with the monolith, which must not change rows of the service"
            carried.left_out.append(LeftOut(f"{said} of {what.removeprefix('the ')}", why))
            return ""
        return "".join(
            f" ON {when} {effect}"
            for when, effect in (("DELETE", deleted), ("UPDATE", updated))
            if effect is not Effect.NOTHING
        )
