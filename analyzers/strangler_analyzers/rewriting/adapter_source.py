"""Writes the service's half of a port: what it is to answer, typed by the calls of the monolith, and its addresses."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence

from strangler_analyzers.rewriting.definition_source import quoted
from strangler_analyzers.rewriting.operations import Asked, Operation
from strangler_analyzers.rewriting.raised import RaisedClass
from strangler_analyzers.rewriting.readers_source import Readers
from strangler_analyzers.rewriting.served_types import ServedTypes, key_reader, key_type
from strangler_analyzers.rewriting.v2_source import PREFIX, full_name
from strangler_analyzers.rewriting.wire_types import Entity, Maybe, WireType


def adapter_texts(service: str, class_name: str, operations: Sequence[Operation]) -> Mapping[str, str]:
    """The texts of the files that are made for the operations the service's half of the port answers, by name."""
    asked = [(item, item.answer) for item in operations if isinstance(item.answer, Asked)]
    names = f"{class_name}Operations"
    return {
        "operations": _operations(service, names, asked),
        "routes": _routes(service, names, asked),
    }


def _operations(service: str, class_name: str, asked: Sequence[tuple[Operation, Asked]]) -> str:
    """What somebody who writes the service fills in, by a class that inherits from it."""
    types = ServedTypes()
    methods = [_method(operation.name, answer, types) for operation, answer in asked]
    methods += [_state(entity, types) for entity in _refreshed(asked)]
    raised = sorted({item for _, answer in asked for item in answer.raises})
    errors = "".join(f"\n\n{_raised_class(item, _raised_names(raised)[item])}" for item in raised)
    own = "from .problems import " + ", ".join(["NotAnswered", *(["Raised"] if raised else [])])
    return (
        f'"""The operations of {service} that the monolith calls: override them in a subclass of {class_name}.\n\n'
        "An operation that is not overridden raises NotAnswered. Rows arrive as their keys. Return rows of\n"
        "the service as the monolith knows them, column by column; it reads a missing column itself when it needs it.\n"
        '"""\n\n'
        "from __future__ import annotations\n\n"
        + types.imports()
        + f"\n{own}\n"
        + types.definitions()
        + errors
        + f'\n\nclass {class_name}:\n    """One object answers one request."""\n\n'
        + ("\n".join(methods) or "    pass\n")
    )


def _method(name: str, answer: Asked, types: ServedTypes) -> str:
    parameters = "".join(f", {parameter}: {types.given(wire)}" for parameter, wire in answer.parameters)
    return (
        f"    async def {name}(self{parameters}) -> {types.answered(answer.result)}:\n"
        f"        raise NotAnswered({quoted(name)})\n"
    )


def _state(entity: Entity, types: ServedTypes) -> str:
    name = state_name(entity)
    return (
        f"    async def {name}(self, key: {key_type(entity)}) -> {types.answered(entity)} | None:\n"
        f'        """The present state of a row that was just worked on; None if it was deleted."""\n'
        f"        raise NotAnswered({quoted(name)})\n"
    )


def state_name(entity: Entity) -> str:
    """What tells how a row of a model is."""
    return f"{entity.name.lower()}_as_it_is"


def _refreshed(asked: Sequence[tuple[Operation, Asked]]) -> list[Entity]:
    found = {entity.module + entity.name: entity for _, answer in asked for _, entity in answer.refreshed}
    return [found[name] for name in sorted(found)]


def _raised_names(raised: Sequence[RaisedClass]) -> Mapping[RaisedClass, str]:
    """Exceptions of Python itself get another name here, and so does a second one of a name."""
    found: dict[RaisedClass, str] = {}
    for item in raised:
        name = f"Raised{item.name}" if item.module == "builtins" else item.name
        found[item] = name if name not in found.values() else f"{item.module.replace('.', '_')}_{item.name}"
    return found


def _raised_class(raised: RaisedClass, name: str) -> str:
    return (
        f"class {name}(Raised):\n"
        f'    """Makes the monolith raise {full_name(raised)}, with the same values in the same order."""\n\n'
        f"    name = {quoted(full_name(raised))}\n"
    )


def _routes(service: str, class_name: str, asked: Sequence[tuple[Operation, Asked]]) -> str:
    readers = _KeyReaders()
    answers = [_answer(operation.name, answer, readers, class_name) for operation, answer in asked]
    entries = "".join(f"    {quoted(operation.name)}: _{operation.name},\n" for operation, _ in asked)
    records = sorted(name for name in readers.imported)
    used = sorted({"in_body", *readers.used})
    own = (
        f"from .answering import routes_of\nfrom .operations import {', '.join(sorted([class_name, *records]))}\n"
        f"from .values import {', '.join(used)}\n"
    )
    return (
        f'"""The addresses below {PREFIX} at which {service} answers the monolith."""\n\n'
        "from __future__ import annotations\n\nfrom collections.abc import Callable, Mapping\n\n"
        "from starlette.requests import Request\nfrom starlette.routing import Route\n\n"
        + own
        + f"\n\ndef routes(operations_for: Callable[[Request], {class_name}]) -> list[Route]:\n"
        f'    """The routes; `operations_for` makes the object that answers a request, or raises an exception."""\n'
        f"    return routes_of({quoted(PREFIX)}, _ANSWERS, operations_for)\n"
        + "".join(f"\n\n{text}" for text in (*answers, *readers.texts.values()))
        + f"\n\n_ANSWERS = {{\n{entries}}}\n"
    )


class _KeyReaders(Readers):
    """Reads rows as their keys, and dataclasses as those of the service's half."""

    def entity(self, wire: Entity) -> str:
        return self.use(key_reader(wire))


def _answer(name: str, answer: Asked, readers: Readers, class_name: str) -> str:
    lines = [f"async def _{name}(operations: {class_name}, given: Mapping[str, object]) -> dict[str, object]:\n"]
    if answer.parameters:
        readers.use("as_record")
        names = ", ".join(quoted(parameter) for parameter, _ in answer.parameters)
        lines.append(f"    given = as_record(given, {names})\n")
    lines += [
        f"    {_local(parameter)} = {readers.reader(wire)}(given[{quoted(parameter)}])\n"
        for parameter, wire in answer.parameters
    ]
    passed = ", ".join(f"{parameter}={_local(parameter)}" for parameter, _ in answer.parameters)
    lines.append(f"    answer = in_body(await operations.{name}({passed}))\n")
    wires = dict(answer.parameters)
    changed = ", ".join(_changed(parameter, entity, wires[parameter]) for parameter, entity in answer.refreshed)
    lines.append(f'    return {{"answer": answer, "changed": {{{changed}}}}}\n')
    return "".join(lines)


def _changed(parameter: str, entity: Entity, wire: WireType) -> str:
    name = _local(parameter)
    state = f"in_body(await operations.{state_name(entity)}({name}))"
    return f"{quoted(parameter)}: {state}{f' if {name} is not None else None' if isinstance(wire, Maybe) else ''}"


def _local(parameter: str) -> str:
    """A parameter's name beside those that the function has itself."""
    return (
        f"{parameter}_" if parameter in {"operations", "given", "answer"} or keyword.iskeyword(parameter) else parameter
    )
