"""The operations of a port: what is called across the seam, and which side can answer it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.rewriting.answering import Answering, entities_of
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.changed_arguments import ChangedArguments
from strangler_analyzers.rewriting.raised import RaisedClass, Raising, UntellableError
from strangler_analyzers.rewriting.seams import FunctionCall, Seam
from strangler_analyzers.rewriting.signatures import (
    Definition,
    Parameter,
    ParameterKind,
    Signature,
    SourceModule,
    own_nodes,
    signature_of,
)
from strangler_analyzers.rewriting.sources import Sources
from strangler_analyzers.rewriting.wire_types import (
    READ_ONLY,
    Entity,
    Items,
    Json,
    Maybe,
    Scalar,
    Table,
    UntransferableError,
    WireReader,
    WireType,
    parts_of,
)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CONTAINERS = frozenset({ParameterKind.VARIADIC, ParameterKind.KEYWORDS})


@dataclass(frozen=True, slots=True)
class Remote:
    """v2 answers: the request, the parameters that stand in its path, and the type of the answer."""

    method: str
    path: str
    in_path: tuple[str, ...]
    result: WireType


@dataclass(frozen=True, slots=True)
class Asked:
    """v2 answers, through its half of the port: the types of the parameters and of the answer, what it may raise.

    `refreshed` are the parameters, rows of the service, that the operation may change: the answer tells how they are.
    """

    parameters: tuple[tuple[str, WireType], ...]
    result: WireType
    raises: tuple[RaisedClass, ...]
    refreshed: tuple[tuple[str, Entity], ...]


@dataclass(frozen=True, slots=True)
class Local:
    """v1 goes on answering, whatever the switch says, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a port: a function inside that code outside calls.

    `reads` says that neither it nor what it calls changes anything.
    """

    name: str
    function: str
    module: SourceModule
    signature: Signature
    reads: bool
    answer: Remote | Asked | Local


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations by the function they stand for, and why other functions can be none."""

    by_function: Mapping[str, Operation]
    refused: Mapping[str, str]

    @property
    def sorted(self) -> tuple[Operation, ...]:
        """The operations by name."""
        return tuple(sorted(self.by_function.values(), key=lambda operation: operation.name))


def find_operations(
    graph: SystemGraph, boundary: Boundary, seams: Iterable[Seam], sources: Sources, answering: Answering
) -> Operations:
    """The operations that code outside needs."""
    called = {seam.callee for seam in seams if isinstance(seam, FunctionCall)}
    return _Reading(graph, boundary, sources, answering).operations(sorted(called | set(_used(graph, boundary))))


def _used(graph: SystemGraph, boundary: Boundary) -> Iterator[str]:
    """The functions behind operations that a port which is there already has, and that are still used."""
    by_name = {
        call.caller.rpartition(".")[2]: call.callee
        for call in graph.facts.calls
        if boundary.is_port(call.caller) and boundary.holds(call.callee) and "." not in call.callee.partition(":")[2]
    }
    for call in graph.facts.calls:
        if boundary.is_port(call.callee) and not boundary.is_port(call.caller):
            function = by_name.get(call.callee.rpartition(".")[2])
            if function is not None:
                yield function


@dataclass(frozen=True)
class _Reading:
    """One look at the functions behind a port."""

    graph: SystemGraph
    boundary: Boundary
    sources: Sources
    answering: Answering

    @cached_property
    def wire(self) -> WireReader:
        """Reads the types of what a request of the service's API answers."""
        return WireReader(self.sources, self._models)

    @cached_property
    def adapted(self) -> WireReader:
        """Reads the types of what the service's half of the port answers."""
        return WireReader(self.sources, self._models, entities_of(self.graph, self.boundary))

    @cached_property
    def changed(self) -> ChangedArguments:
        return ChangedArguments(self.sources, self.wire.name_of)

    @cached_property
    def _models(self) -> frozenset[str]:
        return frozenset(table.model for table in self.graph.facts.tables if table.model)

    def operations(self, functions: list[str]) -> Operations:
        refused = {name: reason for name in functions if (reason := self._refusal(name)) is not None}
        names = _names([name for name in functions if name not in refused])
        return Operations({name: self._operation(name, names[name]) for name in names}, refused)

    def _refusal(self, function: str) -> str | None:
        module, _, qualname = function.partition(":")
        source = self.sources.module(module)
        if source is None:
            return f"the source of {module} cannot be read"
        if not isinstance(source.definitions.get(qualname), Definition):
            return f"{function} is not defined by name in its module"
        return None

    def _operation(self, function: str, name: str) -> Operation:
        source, definition = self._definition(function)
        signature = signature_of(definition)
        reads = self._reads(function)
        return Operation(name, function, source, signature, reads, self._answer(function, name, signature, reads=reads))

    def _definition(self, function: str) -> tuple[SourceModule, Definition]:
        module, _, qualname = function.partition(":")
        source = self.sources.module(module)
        definition = None if source is None else source.definitions.get(qualname)
        if source is None or not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
            raise LookupError(function)
        return source, definition

    def _answer(self, function: str, name: str, signature: Signature, *, reads: bool) -> Remote | Asked | Local:
        source, definition = self._definition(function)
        request = self.answering.requests.get(name)
        try:
            if request is None and self.answering.adapter is not None:
                return self._asked(function, signature, source, definition)
            result, parameters = self._check(self.wire, signature, source, definition)
        except UntransferableError as error:
            return Local(str(error))
        place = self._raises(function)
        if place is not None:
            return Local(f"it may raise an exception ({place}), which no answer tells")
        if request is None:
            return Local(f'no request is declared for it: {name} = "GET /path/{{parameter}}"')
        return self._remote(request, result, parameters, reads=reads)

    def _remote(
        self, request: str, result: WireType, parameters: Mapping[str, WireType], *, reads: bool
    ) -> Remote | Local:
        method, _, path = request.partition(" ")
        in_path = tuple(_PLACEHOLDER.findall(path))
        unknown = [placeholder for placeholder in in_path if placeholder not in parameters]
        if unknown:
            return Local(f"its request names {{{unknown[0]}}}, which is none of its parameters")
        if method == "GET" and not reads:
            return Local("it changes something, and its request is a GET")
        in_url = parameters if method in {"GET", "DELETE"} else in_path
        parts = [name for name in in_url if not _is_scalar(parameters[name])]
        if parts:
            return Local(f"{parts[0]} has parts, and does not stand in a body")
        return Remote(method, path, in_path, result)

    def _asked(self, function: str, signature: Signature, source: SourceModule, definition: Definition) -> Asked:
        """How the service's half of the port is asked; raises UntransferableError."""
        result, parameters = self._check(self.adapted, signature, source, definition)
        foreign = [part for part in parts_of(result) if isinstance(part, Entity) and not part.owned]
        if foreign:
            raise UntransferableError(f"it returns {foreign[0].name}, which is no row of the service")
        refreshed: list[tuple[str, Entity]] = []
        for name, wire in parameters.items():
            row = wire.item if isinstance(wire, Maybe) else wire
            if isinstance(row, Entity):
                model = f"{row.module}:{row.name}"
                if row.owned and self.changed.may_change(definition, source, name, model):
                    refreshed.append((name, row))
            elif any(isinstance(part, Entity) for part in parts_of(wire)) and not _is_list_of_keys(row):
                raise UntransferableError(f"{name} holds rows: hand over their keys")
        return Asked(tuple(parameters.items()), result, self._raised(function), tuple(refreshed))

    def _raised(self, function: str) -> tuple[RaisedClass, ...]:
        """What it, or something inside that it calls, raises; raises UntransferableError for what cannot be told."""
        found: set[RaisedClass] = set()
        for module, source, definition in self._definitions_reached(function):
            try:
                found.update(Raising(self.adapted).classes(definition, source))
            except UntellableError as error:
                file = self.graph.modules[module].file
                raise UntransferableError(f"no answer tells what it raises at {file}:{error.line}: {error}") from None
        return tuple(sorted(found))

    def _check(
        self, wire: WireReader, signature: Signature, source: SourceModule, definition: Definition
    ) -> tuple[WireType, Mapping[str, WireType]]:
        """The types of answer and parameters; raises UntransferableError for what cannot be sent or answered."""
        if signature.is_generator:
            raise UntransferableError("it answers piece by piece")
        if not signature.plain:
            raise UntransferableError("it is decorated, or a default is computed")
        parameters = {item.name: self._parameter(wire, item, source, definition) for item in signature.parameters}
        if signature.returns is None:
            raise UntransferableError("it does not tell what it returns")
        try:
            return wire.read(signature.returns, source), parameters
        except UntransferableError as error:
            raise UntransferableError(f"it returns {ast.unparse(signature.returns)}: {error}") from None

    def _parameter(
        self, wire: WireReader, parameter: Parameter, source: SourceModule, definition: Definition
    ) -> WireType:
        if parameter.kind in _CONTAINERS or parameter.annotation is None:
            raise UntransferableError(f"{parameter.name} has no single type")
        try:
            found = wire.read(parameter.annotation, source)
        except UntransferableError as error:
            raise UntransferableError(f"{parameter.name}: {error}") from None
        plain = found.item if isinstance(found, Maybe) else found
        is_shared = isinstance(plain, Items | Table | Json) and not self._is_read_only(parameter.annotation, source)
        if is_shared and self.changed.may_change(definition, source, parameter.name):
            raise UntransferableError(f"it may change the {parameter.name} it is given")
        return found

    def _is_read_only(self, annotation: ast.expr, source: SourceModule) -> bool:
        if not isinstance(annotation, ast.Subscript):
            return False
        return self.wire.name_of(annotation.value, source).rpartition(".")[2] in READ_ONLY

    def _raises(self, function: str) -> str | None:
        """Where it, or something inside that it calls, raises; None if nothing does."""
        for module, _, definition in self._definitions_reached(function):
            for node in own_nodes(definition):
                if isinstance(node, ast.Raise):
                    return f"{self.graph.modules[module].file}:{node.lineno}"
        return None

    def _definitions_reached(self, function: str) -> Iterator[tuple[str, SourceModule, Definition]]:
        """It and every function inside that it calls, with their modules."""
        for name in sorted(self._reached(function, inside=True)):
            module, _, qualname = name.partition(":")
            source = self.sources.module(module)
            definition = None if source is None else source.definitions.get(qualname)
            if source is not None and isinstance(definition, Definition):
                yield module, source, definition

    def _reads(self, function: str) -> bool:
        use = self.graph.tables_of([function])
        if use.writes or use.later_writes:
            return False
        reached = self._reached(function, inside=False)
        return not any(item.kind.is_effect for name in reached for item in self.graph.outside_uses_of(name))

    def _reached(self, function: str, *, inside: bool) -> frozenset[str]:
        found = {function}
        pending = [function]
        while pending:
            for call in self.graph.calls_from(pending.pop()):
                if call.callee not in found and (not inside or self.boundary.holds(call.callee)):
                    found.add(call.callee)
                    pending.append(call.callee)
        return frozenset(found)


def _names(functions: list[str]) -> dict[str, str]:
    """A name for each function: its own, with that of its module before it where two would be alike."""
    own = [name.partition(":")[2] for name in functions]
    return {
        name: short if own.count(short) == 1 else f"{name.partition(':')[0].replace('.', '_')}_{short}"
        for name, short in zip(functions, own, strict=True)
    }


def _is_scalar(wire: WireType) -> bool:
    return isinstance(wire.item if isinstance(wire, Maybe) else wire, Scalar)


def _is_list_of_keys(wire: WireType) -> bool:
    """Whether a value is a list of rows that are not the service's: nobody changes them there."""
    return isinstance(wire, Items) and isinstance(wire.item, Entity) and not wire.item.owned
