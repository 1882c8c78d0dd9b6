"""The Python signature of an operation's method, in the port and in the clients."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.contracts.generation.blueprint import PlannedOperation
from strangler.contracts.generation.python_text import Code, Group, lines_of
from strangler.contracts.generation.type_code import TypeCode


def signature(item: PlannedOperation, arguments: Sequence[str], returned: str, *, is_async: bool = True) -> list[str]:
    """The first lines of a method; all arguments are keyword-only."""
    head = f"{'async ' if is_async else ''}def {item.method}("
    parts: tuple[Code, ...] = ("self", *(("*", *arguments) if arguments else ()))
    return lines_of(Group(head, parts, f") -> {returned}:"), 4)


def handler_arguments(item: PlannedOperation, types: TypeCode) -> list[str]:
    """What a handler receives: the parameters with their defaults, and the body."""
    found = [f"{each.name}: {types.read_argument(each.parameter.field)}" for each in item.arguments]
    return [*found, *_body(item, types)]


def client_arguments(item: PlannedOperation, types: TypeCode) -> list[str]:
    """What a client may pass; the service fills in the defaults."""
    unset = f" = {types.imports.name('msgspec', 'UNSET')}" if _has_optional(item) else ""
    found = [
        f"{each.name}: {types.argument(each.parameter.field)}{'' if each.parameter.field.must_be_sent else unset}"
        for each in item.arguments
    ]
    return [*found, *_body(item, types)]


def _has_optional(item: PlannedOperation) -> bool:
    return any(not each.parameter.field.must_be_sent for each in item.arguments)


def _body(item: PlannedOperation, types: TypeCode) -> list[str]:
    return [] if item.operation.body is None else [f"body: {types.plain(item.operation.body)}"]


def answer(item: PlannedOperation, types: TypeCode) -> str:
    """The type of an operation's answer, over all statuses."""
    return " | ".join(_answers(item, types))


def returned(item: PlannedOperation, types: TypeCode) -> str:
    """The type a handler may return: a value or a reply; only a reply if it must give the status."""
    values, reply = _answers(item, types), types.imports.sibling("reply", "Reply")
    found = f"{reply}[{' | '.join(values)}]"
    if len(item.answers) > 1:
        return found
    return f"{found} | None" if values == ["None"] else f"{values[0]} | {found}"


def _answers(item: PlannedOperation, types: TypeCode) -> list[str]:
    in_order = sorted(item.answers.values(), key=lambda type_: type_ is None)
    return list(dict.fromkeys(map(types.plain, in_order)))
