"""The operations of a port: what is called across the seam, and which side can answer it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.rewriting.boundary import Boundary
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
from strangler_analyzers.rewriting.wire_types import READ_ONLY, Items, Table, UntransferableError, WireReader, WireType

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
    answer: Remote | Local


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
    graph: SystemGraph, boundary: Boundary, seams: Iterable[Seam], sources: Sources, requests: Mapping[str, str]
) -> Operations:
    """The operations that code outside needs; `requests` are those of the service, by operation, as ``GET /a/{x}``."""
    called = {seam.callee for seam in seams if isinstance(seam, FunctionCall)}
    return _Reading(graph, boundary, sources, requests).operations(sorted(called | set(_used(graph, boundary))))


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
    requests: Mapping[str, str]

    @cached_property
    def wire(self) -> WireReader:
        return WireReader(self.sources, frozenset(table.model for table in self.graph.facts.tables if table.model))

    def operations(self, functions: list[str]) -> Operations:
        refused = {name: reason for name in functions if (reason := self._refusal(name)) is not None}
        names = _names([name for name in functions if name not in refused])
        return Operations({name: self._operation(name, names[name]) for name in names}, refused)

    def _refusal(self, function: str) -> str | None:
        module, _, qualname = function.partition(":")
        source = self.sources.module(module)
        if source is None:
            return f"the source of {module} can not be read"
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

    def _answer(self, function: str, name: str, signature: Signature, *, reads: bool) -> Remote | Local:
        source, definition = self._definition(function)
        try:
            result = self._check(signature, source, definition)
        except UntransferableError as error:
            return Local(str(error))
        place = self._raises(function)
        if place is not None:
            return Local(f"it may raise an exception ({place}), which no answer tells")
        request = self.requests.get(name)
        if request is None:
            return Local(f'no request is declared for it: {name} = "GET /path/{{parameter}}"')
        method, _, path = request.partition(" ")
        in_path = tuple(_PLACEHOLDER.findall(path))
        names = {parameter.name for parameter in signature.parameters}
        unknown = [placeholder for placeholder in in_path if placeholder not in names]
        if unknown:
            return Local(f"its request names {{{unknown[0]}}}, which is none of its parameters")
        if method == "GET" and not reads:
            return Local("it changes something, and its request is a GET")
        return Remote(method, path, in_path, result)

    def _check(self, signature: Signature, source: SourceModule, definition: Definition) -> WireType:
        """The type of the answer; raises UntransferableError for what can not be sent or answered."""
        if signature.is_generator:
            raise UntransferableError("it answers piece by piece")
        if not signature.plain:
            raise UntransferableError("it is decorated, or a default is computed")
        for parameter in signature.parameters:
            self._check_parameter(parameter, source, definition)
        if signature.returns is None:
            raise UntransferableError("it does not tell what it returns")
        try:
            return self.wire.read(signature.returns, source)
        except UntransferableError as error:
            raise UntransferableError(f"it returns {ast.unparse(signature.returns)}: {error}") from None

    def _check_parameter(self, parameter: Parameter, source: SourceModule, definition: Definition) -> None:
        if parameter.kind in _CONTAINERS or parameter.annotation is None:
            raise UntransferableError(f"{parameter.name} has no single type")
        try:
            found = self.wire.read(parameter.annotation, source)
        except UntransferableError as error:
            raise UntransferableError(f"{parameter.name}: {error}") from None
        if isinstance(found, Items | Table) and not self._is_read_only(parameter.annotation, source):
            for node in own_nodes(definition):
                if _may_change(node, parameter.name):
                    raise UntransferableError(f"it may change the {parameter.name} it is given")

    def _is_read_only(self, annotation: ast.expr, source: SourceModule) -> bool:
        if not isinstance(annotation, ast.Subscript):
            return False
        return self.wire.name_of(annotation.value, source).rpartition(".")[2] in READ_ONLY

    def _raises(self, function: str) -> str | None:
        """Where it, or something inside that it calls, raises; None where nothing does."""
        for name in self._reached(function, inside=True):
            module, _, qualname = name.partition(":")
            source = self.sources.module(module)
            definition = None if source is None else source.definitions.get(qualname)
            if isinstance(definition, Definition):
                for node in own_nodes(definition):
                    if isinstance(node, ast.Raise):
                        return f"{self.graph.modules[module].file}:{node.lineno}"
        return None

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


def _may_change(node: ast.AST, name: str) -> bool:
    """Whether a node may change what a parameter holds: it stores into it, calls a method of it, hands it on."""
    match node:
        case ast.Subscript(value=ast.Name(id=found), ctx=ast.Store() | ast.Del()):
            return found == name
        case ast.AugAssign(target=ast.Name(id=found)):
            return found == name
        case ast.Call():
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
            known = isinstance(node.func, ast.Name) and node.func.id in {"len", "list", "set", "sorted", "sum", "tuple"}
            return _is(receiver, name) or (not known and any(_is(item, name) for item in given))
        case ast.Assign(value=value) | ast.Return(value=value):
            return _is(value, name)
        case _:
            return False


def _is(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
