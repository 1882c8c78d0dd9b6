"""Mapped classes that the program creates at run time: ``type("OrderLabel", (Label, Base), {"__tablename__": ...})``.

A mixin whose ``declared_attr`` makes one gives each class that it is mixed into a table beside its own; a function may
make one for each call. https://docs.python.org/3/library/functions.html#type
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.location import Location
from strangler_analyzers.frameworks.sqlalchemy.class_tables import is_declared_attribute
from strangler_analyzers.frameworks.sqlalchemy.columns import COLUMN, ColumnReader, made_by
from strangler_analyzers.frameworks.sqlalchemy.library import is_declarative_base
from strangler_analyzers.frameworks.sqlalchemy.models import Columns, Models
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX
from strangler_analyzers.linker.definitions import called_functions, given_frame
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, External, Frame
from strangler_analyzers.source import syntax as s


@dataclass(frozen=True, slots=True)
class MadeClass:
    """A class that a call of `type` makes, with the table it is mapped to."""

    table: str
    content: Columns
    location: Location


class MadeClasses:
    """Finds the calls and what each of them makes."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._resolver = models.resolver
        self._index = CALL_INDEX.of(models.resolver.program)
        self._reader = ColumnReader(models.resolver)

    def all(self) -> Iterator[MadeClass]:
        """Every class with a table whose name the code tells."""
        for scope, call in self._index.named("type"):
            match call.arguments:
                case (name, s.Sequence(elements=bases), s.Mapping() as body) if isinstance(call.function, s.Name):
                    for frame in self._frames(scope):
                        yield from self._made(name, bases, body, frame, scope.module.at(call.line))
                case _:
                    pass

    def _frames(self, scope: Scope) -> Iterator[Frame]:
        """The ways in which the code around a call runs: once, for a class, or with what a caller passes."""
        if not scope.is_function:
            yield Frame(scope)
        elif scope.owner is not None and is_declared_attribute(scope):
            for child in (scope.owner, *self._resolver.subclasses(scope.owner)):
                if self._models.classes.own_table(child) is not None:
                    yield Frame(scope, child)
        elif len(scope.node.parameters if isinstance(scope.node, s.Function) else ()) == 0:
            yield Frame(scope)
        else:
            for caller, call in self._index.named(scope.short_name):
                frame = Frame(caller)
                for callee in called_functions(self._resolver.evaluate(call.function, frame)):
                    if callee.scope is scope:
                        yield given_frame(self._resolver, callee, call, frame)

    def _made(
        self, name: s.Expression, bases: tuple[s.Expression, ...], body: s.Mapping, frame: Frame, location: Location
    ) -> Iterator[MadeClass]:
        values = [value for base in bases for value in self._resolver.evaluate(base, frame)]
        inherited = [value.scope for value in values if isinstance(value, ClassValue)]
        outside = any(isinstance(value, External) and is_declarative_base(value.path) for value in values)
        if not outside and not any(self._models.classes.is_declarative(scope) for scope in inherited):
            return
        entries = {text: value for text, value in self._entries(body, frame) if text is not None}
        own_name = entries.get("__tablename__")
        if own_name is not None:
            table = self._texts(frame).one(own_name, frame)
        else:
            table = self._inherited_name(inherited, self._texts(frame).one(name, frame))
        if table is not None:
            yield MadeClass(table, self._content(inherited, entries, frame), location)

    def _entries(self, body: s.Mapping, frame: Frame) -> Iterator[tuple[str | None, s.Expression]]:
        texts = self._texts(frame)
        for key, value in zip(body.keys, body.values, strict=True):
            if key is not None:
                yield texts.one(key, frame), value

    def _inherited_name(self, inherited: list[Scope], name: str | None) -> str | None:
        """The table name that a base computes from the class's name."""
        if name is None:
            return None
        for scope in inherited:
            if (found := self._models.classes.name_below(scope, name)) is not None:
                return found
        return None

    def _content(self, inherited: list[Scope], entries: dict[str, s.Expression], frame: Frame) -> Columns:
        content = Columns()
        for scope in inherited:
            known = self._models.content(scope)
            for attribute, column in known.columns.items():
                content.columns.setdefault(attribute, column)
            content.constraints.extend(known.constraints)
        for attribute, value in entries.items():
            made = made_by(self._resolver, value, frame, COLUMN)
            if made is not None:
                content.columns[attribute] = self._reader.read(attribute, made)
        return content

    def _texts(self, frame: Frame) -> Texts:
        name = frame.receiver.short_name if frame.receiver is not None else None
        return Texts(self._resolver, class_name=name, member=self._models.classes.table_text)
