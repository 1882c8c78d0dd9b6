"""Types whose values can cross a process as JSON and come back equal."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from strangler_analyzers.rewriting.signatures import SourceModule, unquoted
from strangler_analyzers.rewriting.sources import Sources


class Scalar(StrEnum):
    """A value without parts; the name of what reads it back is ``as_...``."""

    NONE = "none"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    UUID = "uuid"


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value or None."""

    item: WireType


@dataclass(frozen=True, slots=True)
class Items:
    """A list, or a tuple of any length, of one type."""

    item: WireType
    is_tuple: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary with texts as keys."""

    item: WireType


@dataclass(frozen=True, slots=True)
class Record:
    """A dataclass of the monolith, made with its fields by name."""

    module: str
    name: str
    fields: tuple[tuple[str, WireType], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A tuple of so many values, each of a type of its own."""

    items: tuple[WireType, ...]


@dataclass(frozen=True, slots=True)
class Json:
    """Whatever JSON has: a source that says ``Any``, of which only the running program knows more."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A row of a model of Django: its key on the way to the service, its columns on the way back.

    `owned` says that its table is one of the service. `columns` are pairs of name and type, the latter as the source
    writes it (``CharField``).
    """

    module: str
    name: str
    owned: bool
    key: str
    columns: tuple[tuple[str, str], ...]


WireType = Scalar | Maybe | Items | Table | Record | Row | Json | Entity


class UntransferableError(Exception):
    """A type whose values cannot cross a process; the message says why, as in ``Review is a model``."""


_SCALARS: Mapping[str, Scalar] = {
    "None": Scalar.NONE,
    "int": Scalar.INT,
    "float": Scalar.FLOAT,
    "bool": Scalar.BOOL,
    "str": Scalar.STR,
    "decimal.Decimal": Scalar.DECIMAL,
    "datetime.date": Scalar.DATE,
    "datetime.datetime": Scalar.DATETIME,
    "uuid.UUID": Scalar.UUID,
}
_LISTS = frozenset({"list", "List", "Sequence", "Iterable", "Collection"})
_TABLES = frozenset({"dict", "Dict", "Mapping"})
_ANYTHING = frozenset({"typing.Any", "object"})
READ_ONLY = frozenset({"Sequence", "Iterable", "Collection", "Mapping", "tuple", "Tuple"})
"""Types of containers that who is given one does not change."""


@dataclass(frozen=True, slots=True)
class WireReader:
    """Reads annotations; `models` are the classes that are mapped to tables.

    With `entities`, by full name with dots, those may cross by their keys, and so may ``Any``.
    """

    sources: Sources
    models: frozenset[str]
    entities: Mapping[str, Entity] | None = None

    def read(self, annotation: ast.expr | None, module: SourceModule) -> WireType:
        """The type an annotation in a module means; raises UntransferableError."""
        return self._read(annotation, module, ())

    def _read(self, annotation: ast.expr | None, module: SourceModule, within: tuple[str, ...]) -> WireType:
        node = unquoted(annotation)
        match node:
            case ast.Constant(value=None):
                return Scalar.NONE
            case ast.BinOp(op=ast.BitOr()):
                return self._union([node.left, node.right], module, within)
            case ast.Subscript():
                return self._generic(node, module, within)
            case ast.Name() | ast.Attribute():
                return self._named(node, module, within)
            case _:
                raise UntransferableError("a type is not told" if node is None else f"{ast.unparse(node)} is unknown")

    def _union(self, nodes: list[ast.expr], module: SourceModule, within: tuple[str, ...]) -> WireType:
        parts = [self._read(node, module, within) for node in nodes]
        others = [part for part in parts if part is not Scalar.NONE]
        if len(others) == 1 and len(parts) == 2:
            return others[0] if isinstance(others[0], Maybe) else Maybe(others[0])
        raise UntransferableError(f"{' | '.join(map(ast.unparse, nodes))} may be one of several types")

    def _generic(self, node: ast.Subscript, module: SourceModule, within: tuple[str, ...]) -> WireType:
        name = self.name_of(node.value, module).rpartition(".")[2]
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Optional" and len(arguments) == 1:
            return self._union([arguments[0], ast.Constant(None)], module, within)
        if name == "Union":
            return self._union(arguments, module, within)
        if name in _LISTS and len(arguments) == 1:
            return Items(self._read(arguments[0], module, within), is_tuple=False)
        if name in {"tuple", "Tuple"} and len(arguments) == 2 and _is_ellipsis(arguments[1]):
            return Items(self._read(arguments[0], module, within), is_tuple=True)
        if name in {"tuple", "Tuple"} and not any(map(_is_ellipsis, arguments)):
            return Row(tuple(self._read(argument, module, within) for argument in arguments))
        if name in _TABLES and len(arguments) == 2 and self._read(arguments[0], module, within) is Scalar.STR:
            return Table(self._read(arguments[1], module, within))
        raise UntransferableError(f"{ast.unparse(node)} is no plain value")

    def _named(self, node: ast.expr, module: SourceModule, within: tuple[str, ...]) -> WireType:
        name = self.name_of(node, module)
        if name in _SCALARS:
            return _SCALARS[name]
        if self.entities is not None and name in _ANYTHING:
            return Json()
        entity = None if self.entities is None else self.entities.get(name.replace(":", "."))
        if entity is not None:
            return entity
        if name in self.models:
            raise UntransferableError(f"{ast.unparse(node)} is a model")
        owner, _, qualname = name.partition(":")
        source = self.sources.module(owner) if qualname else None
        definition = source.definitions.get(qualname) if source is not None else None
        if source is None or not isinstance(definition, ast.ClassDef) or not _is_dataclass(definition):
            raise UntransferableError(f"{ast.unparse(node)} is no plain value")
        if name in within:
            raise UntransferableError(f"{ast.unparse(node)} holds itself")
        fields = tuple(
            (field.target.id, self._read(field.annotation, source, (*within, name)))
            for field in definition.body
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        )
        return Record(owner, qualname, fields)

    def name_of(self, node: ast.expr, module: SourceModule) -> str:
        """The full name of a type: ``datetime.date``, of one of the monolith ``module:qualname``."""
        parts = ast.unparse(node).split(".")
        root = parts[0]
        if root in module.definitions:
            return f"{module.name}:{'.'.join(parts)}"
        if root not in module.imported:
            return ".".join(parts)
        source, name = module.imported[root]
        path = [*source.split("."), *([name] if name else []), *parts[1:]]
        for length in range(len(path) - 1, 0, -1):
            owner = ".".join(path[:length])
            if self.sources.module(owner) is not None:
                found, original = self.sources.origin(owner, path[length])
                return ".".join((f"{found}:{original}", *path[length + 1 :]))
        return ".".join(path)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _is_dataclass(definition: ast.ClassDef) -> bool:
    names = [node.func if isinstance(node, ast.Call) else node for node in definition.decorator_list]
    return not definition.bases and any(ast.unparse(name) in {"dataclass", "dataclasses.dataclass"} for name in names)


def parts_of(wire: WireType) -> Iterator[WireType]:
    """A type and every type in it."""
    yield wire
    match wire:
        case Maybe() | Items() | Table():
            yield from parts_of(wire.item)
        case Row():
            for item in wire.items:
                yield from parts_of(item)
        case Record():
            for _, item in wire.fields:
                yield from parts_of(item)
        case _:
            pass
