"""The types of a port as its service sees them."""

from __future__ import annotations

import keyword

from strangler_analyzers.rewriting.wire_types import Entity, Items, Json, Maybe, Record, Row, Scalar, Table, WireType

_SCALARS = {
    Scalar.NONE: "None",
    Scalar.INT: "int",
    Scalar.FLOAT: "float",
    Scalar.BOOL: "bool",
    Scalar.STR: "str",
    Scalar.DECIMAL: "Decimal",
    Scalar.DATE: "date",
    Scalar.DATETIME: "datetime",
    Scalar.UUID: "UUID",
}
_COLUMNS = {
    "BooleanField": "bool",
    "DateField": "date",
    "DateTimeField": "datetime",
    "DecimalField": "Decimal",
    "FloatField": "float",
    "UUIDField": "UUID",
    "CharField": "str",
    "EmailField": "str",
    "GenericIPAddressField": "str",
    "SlugField": "str",
    "TextField": "str",
    "URLField": "str",
}
_ORIGINS = {"Decimal": "decimal", "date": "datetime", "datetime": "datetime", "UUID": "uuid"}


class ServedTypes:
    """Renders types, and collects the classes they need."""

    def __init__(self) -> None:
        self._needed: set[str] = set()
        self._entities: dict[str, Entity] = {}
        self._records: dict[str, Record] = {}

    def given(self, wire: WireType) -> str:
        """What the service is given: rows as keys."""
        return self._render(wire, rows=False)

    def answered(self, wire: WireType) -> str:
        """What the service answers: rows with their columns."""
        return self._render(wire, rows=True)

    def imports(self) -> str:
        """The imports that all of it needs."""
        self.definitions()
        lines = ["from dataclasses import dataclass"] if self._records else []
        for module in ("datetime", "decimal", "uuid"):
            names = sorted(name for name in self._needed if _ORIGINS.get(name) == module)
            lines += [f"from {module} import {', '.join(names)}"] if names else []
        lines += ["from typing import TypedDict"] if self._entities else []
        return "".join(f"{line}\n" for line in lines)

    def definitions(self) -> str:
        """The classes."""
        found: list[str] = []
        for name, entity in sorted(self._entities.items()):
            fields = "".join(
                f"    {column}: {self._column(entity, column, kind)}\n"
                for column, kind in entity.columns
                if column.isidentifier() and not keyword.iskeyword(column)
            )
            found.append(
                f"class {name}(TypedDict, total=False):\n"
                f'    """A row as {entity.module}:{entity.name} has it."""\n\n{fields}'
            )
        for name, record in list(self._records.items()):
            fields = "".join(f"    {field}: {self.answered(wire)}\n" for field, wire in record.fields)
            found.append(
                f"@dataclass(frozen=True)\nclass {name}:\n{fields}" if fields else f"class {name}:\n    pass\n"
            )
        return "".join(f"\n\n{text}" for text in found)

    def _column(self, entity: Entity, name: str, kind: str) -> str:
        if kind in {"ForeignKey", "OneToOneField"}:
            text = "int | str"
        else:
            text = "int" if kind.endswith(("AutoField", "IntegerField")) else _COLUMNS.get(kind, "object")
        self._needed.update(text.split(" | "))
        return text if text == "object" else f"{text} | None"

    def _render(self, wire: WireType, *, rows: bool) -> str:
        match wire:
            case Scalar():
                self._needed.add(_SCALARS[wire])
                return _SCALARS[wire]
            case Json():
                return "object"
            case Maybe():
                return f"{self._render(wire.item, rows=rows)} | None"
            case Items():
                inner = self._render(wire.item, rows=rows)
                return f"tuple[{inner}, ...]" if wire.is_tuple else f"list[{inner}]"
            case Table():
                return f"dict[str, {self._render(wire.item, rows=rows)}]"
            case Row():
                return f"tuple[{', '.join(self._render(item, rows=rows) for item in wire.items)}]"
            case Record():
                self._records.setdefault(wire.name, wire)
                for _, item in wire.fields:
                    self._render(item, rows=rows)
                return wire.name
            case Entity() if rows:
                self._entities.setdefault(wire.name, wire)
                return wire.name
            case Entity():
                return key_type(wire)


def key_type(entity: Entity) -> str:
    """The type of a row's key."""
    return "int" if entity.key.endswith(("AutoField", "IntegerField")) else "str"


def key_reader(entity: Entity) -> str:
    """The function of ``values`` that reads a key."""
    return f"as_{key_type(entity)}"
