"""Writes what reads values that come from the other side, as functions of ``values`` put together."""

from __future__ import annotations

from strangler_analyzers.rewriting.definition_source import quoted
from strangler_analyzers.rewriting.wire_types import Entity, Items, Json, Maybe, Record, Row, Scalar, Table, WireType


class Readers:
    """Collects what a file needs: `used` names of ``values``, `imported` classes by name, `texts` of own functions."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.imported: dict[str, tuple[str, str]] = {}
        self.used: set[str] = set()

    def reader(self, wire: WireType) -> str:
        """An expression for the function that reads a value of a type."""
        match wire:
            case Scalar():
                return self.use(f"as_{wire.value}")
            case Json():
                return self.use("as_json")
            case Maybe():
                return f"{self.use('optional')}({self.reader(wire.item)})"
            case Items():
                return f"{self.use('tuple_of' if wire.is_tuple else 'list_of')}({self.reader(wire.item)})"
            case Table():
                return f"{self.use('dict_of')}({self.reader(wire.item)})"
            case Row():
                return f"{self.use('row_of')}({', '.join(map(self.reader, wire.items))})"
            case Record():
                return self._record(wire)
            case Entity():
                return self.entity(wire)

    def entity(self, wire: Entity) -> str:
        """What reads a row of a model."""
        return f"as_entity({self.named(wire.module, wire.name)})"

    def named(self, module: str, name: str) -> str:
        """What a class is called in the file."""
        found = next((own for own, origin in self.imported.items() if origin == (module, name)), None)
        if found is None:
            found = name if name not in self.imported else f"{module.replace('.', '_')}_{name}"
            self.imported[found] = (module, name)
        return found

    def use(self, name: str) -> str:
        """A function of ``values``."""
        self.used.add(name)
        return name

    def _record(self, wire: Record) -> str:
        name = self.named(wire.module, wire.name)
        reader = f"_as_{name.lower()}"
        if reader not in self.texts:
            self.texts[reader] = ""
            self.use("as_record")
            fields = "".join(
                f"        {field}={self.reader(item)}(found[{quoted(field)}]),\n" for field, item in wire.fields
            )
            names = "".join(f", {quoted(field)}" for field, _ in wire.fields)
            self.texts[reader] = (
                f"def {reader}(value: object) -> {name}:\n    found = as_record(value{names})\n"
                f"    return {name}(\n{fields}    )\n"
            )
        return reader
