"""The plan of what is generated from a document, with every name decided; the other modules only write it down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from strangler.contracts.distinct_names import distinct
from strangler.contracts.document import (
    HEALTH_PATH,
    Document,
    Field,
    Kind,
    Method,
    Model,
    Operation,
    Parameter,
    ParameterPlace,
    Union,
)
from strangler.contracts.export.json_schema import ways_of
from strangler.contracts.export.openapi import operation_id
from strangler.contracts.generation.python_names import argument_name, attribute_name, class_name, told_apart, words
from strangler.contracts.library import Library
from strangler.contracts.type_reference import STRING, UNIT, NamedType, Type, innermost

_NO_BODY = (204, 205, 304)


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of an operation; `key` identifies it in messages, `name` is its name in Python."""

    parameter: Parameter
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    """An operation with its Python method, and its answer types by status; None for a status without a body."""

    operation: Operation
    method: str
    arguments: tuple[Argument, ...]
    answers: Mapping[int, Type | None]
    problems: Mapping[int, Type | None]
    otherwise: Type | None

    @property
    def constant(self) -> str:
        """Its name in the table of operations."""
        return self.method.upper()

    @property
    def about(self) -> str:
        """The docstring of its method."""
        lines = [f"{self.operation.name}: {self.operation.description or 'not described.'}"]
        if self.operation.deprecation is not None:
            lines.append(f"Deprecated: {self.operation.deprecation}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Variant:
    """A type of a union as a class; with `is_model` that is the model itself, because nothing else uses it."""

    union: Union
    model: str
    value: str
    name: str
    is_model: bool


@dataclass(frozen=True)
class Blueprint:
    """A document with everything it needs; `service` is the service's name in the project."""

    service: str
    document: Document
    library: Library

    @property
    def package(self) -> str:
        """The name of the service's package; it is never a keyword or the name of another package."""
        return f"{self.stem}_service"

    @cached_property
    def stem(self) -> str:
        """The service's name in a form that can be part of an identifier."""
        found = "".join(char for char in words(self.service) if char.isascii())
        return found if found[:1].isalpha() else f"service_{found}".rstrip("_")

    @property
    def prefix(self) -> str:
        """The prefix of the service's class names."""
        return "".join(part.capitalize() for part in self.stem.split("_"))

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The full names of all types needed: the document's own first, in its order."""
        own = [name for name, _ in self.document.declarations]
        return (*own, *sorted(set(ways_of(self.document, self.library)) - set(own)))

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """The class name of every type by its full name."""
        reserved = [
            f"{self.prefix}Port",
            f"Unwritten{self.prefix}",
            f"{self.prefix}Client",
            f"Async{self.prefix}Client",
        ]
        names = told_apart([*reserved, *map(self._class, self.needed)])[len(reserved) :]
        return dict(zip(self.needed, names, strict=True))

    def _class(self, full: str) -> str:
        namespace, kind, short = full.rsplit(".", 2)
        own = [item.rpartition(".")[2] for item, _ in self.document.declarations]
        is_own = namespace == self.document.namespace
        return class_name(short if is_own or short not in own or not kind else f"{_owner(namespace)}_{short}")

    @cached_property
    def variants(self) -> Mapping[str, Sequence[Variant]]:
        """The classes of each union by its full name."""
        unions = {name: item for name in self.needed if isinstance(item := self.library.declarations[name], Union)}
        used = [member.type.name for union in unions.values() for member in union.members]
        alone = {innermost(item).name for item in self._written_types()}
        wanted = [(full, union, member) for full, union in unions.items() for member in union.members]
        is_model = [used.count(member.type.name) == 1 and member.type.name not in alone for _, _, member in wanted]
        taken = [*self.classes.values()]
        names = told_apart([*taken, *(class_name(f"{union.name}_{member.value}") for _, union, member in wanted)])
        found: dict[str, list[Variant]] = {full: [] for full in unions}
        for (full, union, member), is_one, name in zip(wanted, is_model, names[len(taken) :], strict=True):
            own = self.classes[member.type.name]
            found[full].append(Variant(union, member.type.name, member.value, own if is_one else name, is_one))
        return found

    def _written_types(self) -> Iterator[Type]:
        """Every type that is named anywhere but in a union."""
        for name in self.needed:
            declared = self.library.declarations[name]
            if isinstance(declared, Model):
                yield from (field.type for field in declared.fields)
        for operation in self.document.operations:
            yield from (item.field.type for item in operation.parameters)
            yield from (item.type for item in operation.responses)
            yield from () if operation.body is None else (operation.body,)
        yield from (item.type for item in self.document.headers)

    @cached_property
    def operations(self) -> tuple[PlannedOperation, ...]:
        """Every operation that is a method of the port; the health check is not."""
        wanted = [item for item in self.document.operations if not self.is_health_check(item)]
        names = distinct(attribute_name(operation_id(item)) for item in wanted)
        return tuple(self._planned(item, name) for item, name in zip(wanted, names, strict=True))

    def is_health_check(self, operation: Operation) -> bool:
        """Whether it is the health check that every service answers alike: ``{"status": "healthy"}``."""
        if operation.path != HEALTH_PATH or operation.method is not Method.GET or operation.parameters:
            return False
        answer = operation.response("200")
        model = None if answer is None else self.library.model(answer.type)
        return model is not None and _is_status(model.fields)

    def _planned(self, operation: Operation, name: str) -> PlannedOperation:
        own = {item.key for item in operation.parameters if item.within is ParameterPlace.HEADER}
        common = [Parameter(item, ParameterPlace.HEADER) for item in self.document.headers]
        parameters = [*operation.parameters, *(item for item in common if item.key not in own)]
        keys = told_apart((item.key for item in parameters), "_")
        names = told_apart((argument_name(item.field.name) for item in parameters), "_")
        has_bodies = operation.method is not Method.HEAD
        typed = {item.status: item.type if has_bodies and item.type != UNIT else None for item in operation.responses}
        numbered = {int(status): type_ for status, type_ in typed.items() if status.isdigit()}
        answers = {
            status: None if status in _NO_BODY else type_ for status, type_ in numbered.items() if 200 <= status < 400
        }
        otherwise = typed.get("default") if answers else None
        if not answers:
            answers = {200: typed["default"]} if "default" in typed else {204: None}
        return PlannedOperation(
            operation,
            name,
            tuple(Argument(*each) for each in zip(parameters, keys, names, strict=True)),
            answers,
            {status: type_ for status, type_ in numbered.items() if status >= 400},
            otherwise,
        )


def _owner(namespace: str) -> str:
    """The part of a namespace that names the service: ``shop.common.v0`` -> ``common``."""
    parts = [part for part in namespace.split(".") if not part.removeprefix("v").isdigit()]
    return parts[-1] if parts else namespace


def _is_status(fields: Sequence[Field]) -> bool:
    needed = [field.name for field in fields if field.required or field.default is not None]
    status = next((field for field in fields if field.name == "status"), None)
    is_text = status is not None and status.type == STRING and status.minimum is None and status.maximum is None
    return is_text and needed in (["status"], [])


def is_declared(type_: NamedType, kind: Kind) -> bool:
    """Whether the type is declared as the given kind."""
    return f".{kind}." in type_.name
