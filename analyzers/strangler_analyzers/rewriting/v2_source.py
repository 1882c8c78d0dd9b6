"""Writes v2 of a port: how the service is asked for each operation, and its answer read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strangler_analyzers.rewriting.definition_source import define, head, quoted
from strangler_analyzers.rewriting.operations import Asked, Operation, Remote
from strangler_analyzers.rewriting.raised import RaisedClass
from strangler_analyzers.rewriting.readers_source import Readers
from strangler_analyzers.rewriting.type_names import TypeNames
from strangler_analyzers.rewriting.wire_types import Entity, Items, Json, Maybe, WireType, parts_of

PREFIX = "/_port_"
"""The path at which the service's half of the port answers."""

_METHODS_WITHOUT_BODY = frozenset({"GET", "DELETE", "HEAD"})


def v2_source(service: str, port: str, class_name: str, setting: str, operations: Sequence[Operation]) -> str:
    """The text of the file; `setting` is the environment variable with the service's address."""
    types = TypeNames()
    readers = Readers()
    body = [
        f"    {define(operation, types)}\n{_asking(operation, operation.answer, readers)}"
        for operation in operations
        if isinstance(operation.answer, Remote | Asked)
    ]
    text = "\n".join(body)
    whole = text + "".join(readers.texts.values())
    own = [f"from {port}.client import AsyncClient, Client, Question"]
    for module, names in (
        ("entities", {"as_entity", "refresh"}),
        ("values", {"in_body", "in_json", "in_path", "key_of", "queried", "as_record", *readers.used}),
    ):
        used = [name for name in sorted(names) if re.search(rf"\b{name}\b", whole)]
        if used:
            own.append(f"from {port}.{module} import {', '.join(used)}")
    return (
        f'"""v2: the service {service}, called over HTTP at the address in {setting}."""\n\n'
        + head(types, runtime=["import os"], own=own, records=readers.imported)
        + f'class {class_name}V2:\n    """Answers have the declared types; otherwise a ServiceError is raised."""\n\n'
        + "    def __init__(self, client: Client, async_client: AsyncClient) -> None:\n"
        + "        self._client = client\n        self._async_client = async_client\n\n"
        + f"    @classmethod\n    def from_environment(cls) -> {class_name}V2:\n"
        + f'        base = os.environ["{setting}"]\n        return cls(Client(base), AsyncClient(base))\n'
        + (f"\n{text}" if text else "")
        + "".join(f"\n\n{reader}" for reader in readers.texts.values())
    )


def _asking(operation: Operation, answer: Remote | Asked, readers: Readers) -> str:
    client = "await self._async_client" if operation.signature.is_async else "self._client"
    if isinstance(answer, Remote):
        return (
            f"        answer = {client}.ask(Question({', '.join(_request(operation, answer))}))\n"
            f"        return {readers.reader(answer.result)}(answer)\n"
        )
    lines = [
        f"        answer = {client}.ask(\n            Question({', '.join(_question(operation, answer, readers))})\n"
    ]
    lines.append(
        f'        )\n        result = {readers.reader(answer.result)}(as_record(answer, "answer")["answer"])\n'
    )
    lines += [f"        refresh({name}, answer, {quoted(name)})\n" for name, _ in answer.refreshed]
    lines.append("        return result\n")
    return "".join(lines)


def _request(operation: Operation, answer: Remote) -> list[str]:
    rest = [item.name for item in operation.signature.parameters if item.name not in answer.in_path]
    path = re.sub(r"\{(\w+)\}", r"{in_path(\1)}", answer.path)
    arguments = [quoted(answer.method), f"f{quoted(path)}" if answer.in_path else quoted(path)]
    if rest and answer.method in _METHODS_WITHOUT_BODY:
        arguments.append(f"query=queried({', '.join(f'{name}={name}' for name in rest)})")
    elif rest:
        arguments.append(f"body={{{', '.join(f'{quoted(name)}: in_body({name})' for name in rest)}}}")
    if operation.reads:
        arguments.append("safe=True")
    if isinstance(answer.result, Maybe):
        arguments.append("missing=True")
    return arguments


def _question(operation: Operation, answer: Asked, readers: Readers) -> list[str]:
    body = ", ".join(f"{quoted(name)}: {_sent(name, wire)}" for name, wire in answer.parameters)
    arguments = ['"POST"', quoted(f"{PREFIX}/{operation.name}"), f"body={{{body}}}"]
    if operation.reads:
        arguments.append("safe=True")
    if answer.raises:
        arguments.append(f"raises={{{', '.join(_told(raised, readers) for raised in answer.raises)}}}")
    return arguments


def _told(raised: RaisedClass, readers: Readers) -> str:
    name = raised.name if raised.module == "builtins" else readers.named(raised.module, raised.name)
    return f"{quoted(full_name(raised))}: {name}"


def full_name(raised: RaisedClass) -> str:
    """The name of an exception in transit."""
    return f"{raised.module}:{raised.name}"


def _sent(name: str, wire: WireType) -> str:
    """An expression for what is sent of a parameter."""
    row = wire.item if isinstance(wire, Maybe) else wire
    if isinstance(row, Entity):
        return f"key_of({name})"
    if isinstance(row, Items) and any(isinstance(part, Entity) for part in parts_of(row)):
        return f"[key_of(row) for row in {name}]"
    if any(isinstance(part, Json) for part in parts_of(wire)):
        return f"in_json({name})"
    return f"in_body({name})"
