"""Parts of the source of a port: imports, the first line of a definition, the arguments that are handed on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from strangler_analyzers.rewriting.operations import Operation
from strangler_analyzers.rewriting.signatures import Parameter, ParameterKind
from strangler_analyzers.rewriting.type_names import TypeNames


def head(
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


def define(operation: Operation, types: TypeNames, *, defaults: bool = True) -> str:
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


def given(operation: Operation) -> str:
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


def awaiting(operation: Operation) -> str:
    """What stands before a call of an operation."""
    return "await " if operation.signature.is_async and operation.signature.plain else ""


def _constants_first(name: str) -> tuple[bool, str]:
    return not name.isupper(), name


def quoted(text: str) -> str:
    """A text as source."""
    return json.dumps(text, ensure_ascii=False)
