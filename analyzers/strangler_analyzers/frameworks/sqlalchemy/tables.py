"""The tables of a program as facts: names, columns and foreign keys resolved."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.location import Location
from strangler.model.system import ModuleRole
from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler_analyzers.frameworks.sqlalchemy.columns import MappedColumn, Reference
from strangler_analyzers.frameworks.sqlalchemy.constraints import Constraint
from strangler_analyzers.frameworks.sqlalchemy.made_classes import MadeClasses
from strangler_analyzers.frameworks.sqlalchemy.models import Columns, Models
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, External, Frame
from strangler_analyzers.source import syntax as s


class TableFacts:
    """Turns mapped classes and ``Table`` objects into facts."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._texts = Texts(models.resolver, member=models.classes.table_text)

    def all(self) -> Iterator[Table]:
        """Every table declared by the application's own code."""
        for scope in self._models.mapped():
            if scope.module.role is ModuleRole.APPLICATION:
                yield self._of_class(scope)
        mapped = {self._models.classes.own_table(scope) for scope in self._models.mapped()}
        for made in MadeClasses(self._models).all():
            if made.table not in mapped:
                mapped.add(made.table)
                yield self._of_content(made.table, made.content, None, made.location)
        for core in self._models.core_tables():
            if core.name not in mapped:
                model = core.model.name if core.model is not None else None
                yield self._of_content(core.name, core.content, model, core.location)

    def _of_content(self, name: str, content: Columns, model: str | None, location: Location) -> Table:
        columns = tuple(sorted(mapped.column for mapped in content.columns.values()))
        keys = tuple(sorted(set(self._keys(content, None, location))))
        return Table(name, TableOrigin.SQLALCHEMY, model, location, columns, keys)

    def _of_class(self, scope: Scope) -> Table:
        columns: dict[str, Column] = {}
        keys: set[ForeignKey] = set()
        for owner in (scope, *self._models.single_table_children(scope)):
            content = self._models.content(owner)
            for mapped in content.columns.values():
                columns.setdefault(mapped.column.name, mapped.column)
            keys.update(self._keys(content, owner, owner.location))
        name = self._models.classes.own_table(scope) or ""
        return Table(
            name,
            TableOrigin.SQLALCHEMY,
            scope.name,
            scope.location,
            tuple(sorted(columns.values())),
            tuple(sorted(keys)),
        )

    # --- foreign keys

    def _keys(self, content: Columns, owner: Scope | None, fallback: Location) -> Iterator[ForeignKey]:
        for mapped in content.columns.values():
            for reference in mapped.references:
                yield from self._key(mapped, reference, owner)
        for constraint in content.constraints:
            yield from self._of_constraint(constraint, content, fallback)

    def _key(self, mapped: MappedColumn, reference: Reference, owner: Scope | None) -> Iterator[ForeignKey]:
        target = self._target(reference.target, reference.frame, owner)
        if target is not None:
            location = reference.frame.scope.module.at(reference.line)
            yield ForeignKey(mapped.column.name, *target, location, reference.on_delete)

    def _of_constraint(self, constraint: Constraint, content: Columns, fallback: Location) -> Iterator[ForeignKey]:
        location = constraint.frame.scope.module.at(constraint.line) if constraint.line else fallback
        for column, target in zip(constraint.columns, constraint.targets, strict=False):
            name = self._column_name(column, constraint.frame, content)
            found = self._target(target, constraint.frame, None)
            if name is not None and found is not None:
                yield ForeignKey(name, *found, location, constraint.on_delete)

    def _column_name(self, expression: s.Expression, frame: Frame, content: Columns) -> str | None:
        attribute = expression.id if isinstance(expression, s.Name) else None
        if attribute is not None and attribute in content.columns:
            return content.columns[attribute].column.name
        return self._texts.one(expression, frame)

    def _target(self, expression: s.Expression, frame: Frame, owner: Scope | None) -> tuple[str, str] | None:
        """The table and column of ``"table.column"``, ``Model.column``, ``Model.__table__.c.x``, ``table.c.column``."""
        text = self._texts.one(expression, frame)
        if text is not None:
            table, _, column = text.rpartition(".")
            return (table.rpartition(".")[2], column) if table else (text, "")
        if isinstance(expression, s.Attribute):
            return self._of_attribute(expression, frame)
        if isinstance(expression, s.Name) and owner is not None:
            mapped = self._models.attribute_column(owner, expression.id)
            own = self._models.classes.own_table(owner)
            return (own, mapped.column.name) if mapped is not None and own is not None else None
        if isinstance(expression, s.Lambda):
            return self._target(expression.body, frame, owner)
        return None

    def _of_attribute(self, expression: s.Attribute, frame: Frame) -> tuple[str, str] | None:
        holder = expression.value
        match holder:
            case s.Attribute(value=s.Attribute(value=model, name="__table__"), name="c" | "columns"):
                holder = model
            case _:
                pass
        for value in self._models.resolver.evaluate(holder, frame):
            if isinstance(value, ClassValue):
                mapped = self._models.attribute_column(value.scope, expression.name)
                tables = self._models.tables_of(value.scope)
                if tables:
                    return tables[0], mapped.column.name if mapped is not None else expression.name
            elif isinstance(value, External) and (core := self._models.core_table_of(value)) is not None:
                return core.name, expression.name
        return None
