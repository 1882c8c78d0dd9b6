"""Writes the source of a port: the Protocol, both adapters, the switch and what they stand on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.operations import Operation, Remote
from strangler_analyzers.rewriting.signatures import Parameter, ParameterKind
from strangler_analyzers.rewriting.type_names import TypeNames
from strangler_analyzers.rewriting.wire_types import Items, Maybe, Record, Scalar, Table, WireType

_SEAL = re.compile(r"\A# Written by strangler rewrite .*; sha256 ([0-9a-f]{64})\n")
_TEMPLATES = ("client", "side", "values")


def port_files(boundary: Boundary, operations: Sequence[Operation]) -> Mapping[str, str]:
    """The text of every file of the port by its name."""
    writer = _Writer(boundary, operations)
    texts = {
        "__init__": f'"""The port through which the monolith reaches {boundary.service}."""\n',
        "port": writer.port(),
        "switch": writer.switch(),
        "v1": writer.v1(),
        "v2": writer.v2(),
        **{name: writer.template(name) for name in _TEMPLATES},
    }
    return {f"{name}.py": sealed(text, boundary.service) for name, text in texts.items()}


def sealed(text: str, service: str) -> str:
    """A text with a first line that tells whether somebody has edited the rest."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"# Written by strangler rewrite {service}, and again while nobody edits it; sha256 {digest}\n{text}"


def is_untouched(source: bytes) -> bool:
    """Whether a file of the port is as it was written."""
    text = source.decode("utf-8", "replace")
    match = _SEAL.match(text)
    return match is not None and hashlib.sha256(text[match.end() :].encode()).hexdigest() == match[1]


class _Writer:
    """Writes the files of one port."""

    def __init__(self, boundary: Boundary, operations: Sequence[Operation]) -> None:
        self._boundary = boundary
        self._operations = operations
        self._name = boundary.service.replace("-", "_")
        self._class = "".join(part.capitalize() for part in self._name.split("_"))

    def template(self, name: str) -> str:
        """A file that is the same for every service but for its name."""
        text = files("strangler_analyzers.rewriting").joinpath("templates", f"{name}.py.txt").read_text("utf-8")
        values = {
            "@NAME@": self._name,
            "@PORT@": self._boundary.port,
            "@SETTING@": f"{self._name.upper()}_SIDE",
            "@HEADER@": f"X-{'-'.join(part.capitalize() for part in self._name.split('_'))}-Side",
            "@COOKIE@": f"{self._name}_side",
        }
        for mark, value in values.items():
            text = text.replace(mark, value)
        return text

    def port(self) -> str:
        """The Protocol."""
        types = TypeNames()
        body = [
            f"    {_define(operation, types, defaults=False)}\n        ...\n" for operation in self._operations
        ] or ["    pass\n"]
        return (
            f'"""What the rest of the monolith asks of {self._boundary.service}: exactly what it uses."""\n\n'
            + _head(types, "Protocol")
            + f'class {self._class}Port(Protocol):\n    """Answered by v1 and by v2."""\n\n'
            + "\n".join(body)
        )

    def v1(self) -> str:
        """The adapter to today's code."""
        types = TypeNames()
        body: list[str] = []
        for operation in self._operations:
            module, _, name = operation.function.partition(":")
            body.append(
                f"    {_define(operation, types)}\n"
                f"        from {module} import {name} as _today\n\n"
                f"        return {_await(operation)}_today({_given(operation)})\n"
            )
        return (
            f'"""v1: today\'s code of {self._boundary.service}, in this process, called as it always was."""\n\n'
            + _head(types)
            + f'class {self._class}V1:\n    """Calls what the call sites called."""\n\n'
            + ("\n".join(body) or "    pass\n")
        )

    def switch(self) -> str:
        """What the call sites use."""
        types = TypeNames()
        body: list[str] = []
        for operation in self._operations:
            call = f"{operation.name}({_given(operation)})"
            if isinstance(operation.answer, Remote):
                answer = f"        return {_await(operation)}self._chosen(reads={operation.reads}).{call}\n"
            else:
                answer = (
                    f"        # v1 only: {' '.join(operation.answer.reason.split())}\n"
                    f"        return {_await(operation)}self._v1.{call}\n"
                )
            body.append(f"    {_define(operation, types)}\n{answer}")
        remote = any(isinstance(operation.answer, Remote) for operation in self._operations)
        return (
            f'"""The switch between v1 and v2 of {self._boundary.service}, as {self._boundary.port}.side is set."""\n\n'
            + _head(
                types,
                runtime=["from functools import cached_property"],
                own=[f"from {self._boundary.port}.side import Side, chosen_side"] if remote else [],
                typing_only=[f"from {self._boundary.port}.v1 import {self._class}V1"]
                + ([f"from {self._boundary.port}.v2 import {self._class}V2"] if remote else []),
            )
            + f'class {self._class}Switch:\n    """Asks the side that is to answer, imported when first asked."""\n\n'
            + "".join(f"{text}\n" for text in body)
            + (self._choosing() if remote else "")
            + self._lazy("v1", f"{self._class}V1()")
            + (f"\n{self._lazy('v2', f'{self._class}V2.from_environment()')}" if remote else "")
            + f"\n\n{self._name}_port = {self._class}Switch()\n"
        )

    def _choosing(self) -> str:
        remote = f"{self._class}V1 | {self._class}V2"
        return (
            f"    def _chosen(self, *, reads: bool) -> {remote}:\n"
            "        return self._v2 if chosen_side(reads=reads) is Side.V2 else self._v1\n\n"
        )

    def _lazy(self, side: str, made: str) -> str:
        name = f"{self._class}{side.upper()}"
        return (
            "    @cached_property\n"
            f"    def _{side}(self) -> {name}:\n"
            f"        from {self._boundary.port}.{side} import {name}\n\n"
            f"        return {made}\n"
        )

    def v2(self) -> str:
        """The adapter to the service, with the operations it can answer."""
        types = TypeNames()
        readers = _Readers()
        body = [
            f"    {_define(operation, types)}\n{_asking(operation, operation.answer, readers)}"
            for operation in self._operations
            if isinstance(operation.answer, Remote)
        ]
        values = sorted({"in_body", "in_path", "queried", *readers.used})
        text = "\n".join(body)
        used = [name for name in values if re.search(rf"\b{name}\b", text + "".join(readers.texts.values()))]
        own = [f"from {self._boundary.port}.client import AsyncClient, Client, Question"]
        if used:
            own.append(f"from {self._boundary.port}.values import {', '.join(used)}")
        setting = f"{self._name.upper()}_URL"
        return (
            f'"""v2: the service {self._boundary.service}, asked over HTTP at the address that {setting} says."""\n\n'
            + _head(types, runtime=["import os"], own=own, records=readers.records)
            + f'class {self._class}V2:\n    """Answers have the promised types, or a ServiceError is raised."""\n\n'
            + "    def __init__(self, client: Client, async_client: AsyncClient) -> None:\n"
            + "        self._client = client\n        self._async_client = async_client\n\n"
            + f"    @classmethod\n    def from_environment(cls) -> {self._class}V2:\n"
            + f'        base = os.environ["{setting}"]\n        return cls(Client(base), AsyncClient(base))\n'
            + (f"\n{text}" if text else "")
            + "".join(f"\n\n{reader}" for reader in readers.texts.values())
        )


class _Readers:
    """The functions that make the monolith's dataclasses of answers."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.records: dict[str, tuple[str, str]] = {}
        self.used: set[str] = set()

    def reader(self, wire: WireType) -> str:
        """An expression for the function that reads a value of a type."""
        match wire:
            case Scalar():
                return self._use(f"as_{wire.value}")
            case Maybe():
                return f"{self._use('optional')}({self.reader(wire.item)})"
            case Items():
                return f"{self._use('tuple_of' if wire.is_tuple else 'list_of')}({self.reader(wire.item)})"
            case Table():
                return f"{self._use('dict_of')}({self.reader(wire.item)})"
            case Record():
                return self._record(wire)

    def _record(self, wire: Record) -> str:
        name = next((name for name, origin in self.records.items() if origin == (wire.module, wire.name)), None)
        if name is None:
            name = wire.name if wire.name not in self.records else f"{wire.module.replace('.', '_')}_{wire.name}"
            self.records[name] = (wire.module, wire.name)
        reader = f"_as_{name.lower()}"
        if reader not in self.texts:
            self.texts[reader] = ""
            self._use("as_record")
            fields = "".join(
                f"        {field}={self.reader(item)}(found[{_quoted(field)}]),\n" for field, item in wire.fields
            )
            names = "".join(f", {_quoted(field)}" for field, _ in wire.fields)
            self.texts[reader] = (
                f"def {reader}(value: object) -> {name}:\n    found = as_record(value{names})\n"
                f"    return {name}(\n{fields}    )\n"
            )
        return reader

    def _use(self, name: str) -> str:
        self.used.add(name)
        return name


def _asking(operation: Operation, answer: Remote, readers: _Readers) -> str:
    rest = [item.name for item in operation.signature.parameters if item.name not in answer.in_path]
    path = re.sub(r"\{(\w+)\}", r"{in_path(\1)}", answer.path)
    arguments = [_quoted(answer.method), f"f{_quoted(path)}" if answer.in_path else _quoted(path)]
    if rest and answer.method in {"GET", "DELETE", "HEAD"}:
        arguments.append(f"query=queried({', '.join(f'{name}={name}' for name in rest)})")
    elif rest:
        arguments.append(f"body={{{', '.join(f'{_quoted(name)}: in_body({name})' for name in rest)}}}")
    if operation.reads:
        arguments.append("safe=True")
    if isinstance(answer.result, Maybe):
        arguments.append("missing=True")
    client = "await self._async_client" if operation.signature.is_async else "self._client"
    return (
        f"        answer = {client}.ask(Question({', '.join(arguments)}))\n"
        f"        return {readers.reader(answer.result)}(answer)\n"
    )


def _head(
    types: TypeNames,
    *typing_names: str,
    runtime: Sequence[str] = (),
    own: Sequence[str] = (),
    typing_only: Sequence[str] = (),
    records: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """The imports of a file: what runs, and what only types need."""
    records = records or {}
    others, typing = types.split_typing()
    needed = TypeNames({name: origin for name, origin in others.imports.items() if name not in records})
    late = sorted([*needed.lines(), *typing_only])
    words = {*typing_names, *typing, *(["TYPE_CHECKING"] if late else [])}
    names = sorted(words, key=_constants_first)
    standard = [*runtime, *([f"from typing import {', '.join(names)}"] if names else [])]
    blocks = ["from __future__ import annotations\n"]
    if standard:
        blocks.append("\n".join(standard) + "\n")
    if own or records:
        blocks.append("\n".join(sorted([*own, *TypeNames(dict(records)).lines()])) + "\n")
    if late:
        blocks.append("if TYPE_CHECKING:\n" + "".join(f"    {line}\n" for line in late))
    return "\n".join(blocks) + "\n\n"


def _define(operation: Operation, types: TypeNames, *, defaults: bool = True) -> str:
    """The first line of an operation's definition."""
    word = "async def" if operation.signature.is_async and operation.signature.plain else "def"
    if not operation.signature.plain:
        types.uses_any = True
        return f"def {operation.name}(self, *args: Any, **kwargs: Any) -> Any:"
    returns = types.render(operation.signature.returns, operation.module)
    parameters = ["self", *_parameters(operation, types, defaults=defaults)]
    return f"{word} {operation.name}({', '.join(parameters)}) -> {returns}:"


def _parameters(operation: Operation, types: TypeNames, *, defaults: bool) -> list[str]:
    found: list[str] = []
    kinds = [parameter.kind for parameter in operation.signature.parameters]
    for number, parameter in enumerate(operation.signature.parameters):
        if parameter.kind is ParameterKind.KEYWORD and not {ParameterKind.VARIADIC, ParameterKind.KEYWORD} & set(
            kinds[:number]
        ):
            found.append("*")
        found.append(_parameter(parameter, types, operation, defaults=defaults))
        is_last_positional = parameter.kind is ParameterKind.POSITIONAL and (
            kinds[number + 1 : number + 2] != [ParameterKind.POSITIONAL]
        )
        if is_last_positional:
            found.append("/")
    return found


def _parameter(parameter: Parameter, types: TypeNames, operation: Operation, *, defaults: bool) -> str:
    stars = {ParameterKind.VARIADIC: "*", ParameterKind.KEYWORDS: "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}: {types.render(parameter.annotation, operation.module)}"
    if parameter.default is None:
        return text
    return f"{text} = {parameter.default if defaults else '...'}"


def _given(operation: Operation) -> str:
    """The arguments that hand on what an operation was given."""
    if not operation.signature.plain:
        return "*args, **kwargs"
    words: list[str] = []
    for parameter in operation.signature.parameters:
        match parameter.kind:
            case ParameterKind.POSITIONAL | ParameterKind.ANY:
                words.append(parameter.name)
            case ParameterKind.VARIADIC:
                words.append(f"*{parameter.name}")
            case ParameterKind.KEYWORD:
                words.append(f"{parameter.name}={parameter.name}")
            case ParameterKind.KEYWORDS:
                words.append(f"**{parameter.name}")
    return ", ".join(words)


def _await(operation: Operation) -> str:
    return "await " if operation.signature.is_async and operation.signature.plain else ""


def _constants_first(name: str) -> tuple[bool, str]:
    return not name.isupper(), name


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
