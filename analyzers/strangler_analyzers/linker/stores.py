"""What statements store in containers and set on objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

if TYPE_CHECKING:
    from strangler_analyzers.linker.scope import Scope


class Store(Struct, frozen=True, eq=False):
    """Code in `scope` adds `content` to what `owner` holds."""

    owner: s.Expression
    content: s.Expression
    scope: Scope


def stored(owner: s.Expression, content: s.Expression, scope: Scope) -> Store:
    """What ``owner[key] = content`` or ``owner.setdefault(key, []).append(...)`` stores in the innermost owner."""
    match owner:
        case s.Subscript(value=value, index=index):
            return stored(value, s.Mapping((index,), (content,)), scope)
        case s.Call(function=s.Attribute(value=value, name="setdefault" | "get"), arguments=(key, *_)):
            return stored(value, s.Mapping((key,), (content,)), scope)
        case _:
            return Store(owner, content, scope)


def mutation(call: s.Call, scope: Scope) -> Store | None:
    """What a statement like ``owner.append(value)`` or ``setattr(owner, "name", value)`` stores."""
    arguments = call.arguments
    match call.function:
        case s.Attribute(value=owner, name="append" | "add" | "appendleft") if len(arguments) == 1:
            return stored(owner, _one(arguments[0]), scope)
        case s.Attribute(value=owner, name="insert") if len(arguments) == 2:
            return stored(owner, _one(arguments[1]), scope)
        case s.Attribute(value=owner, name="extend" | "extendleft") if len(arguments) == 1:
            return stored(owner, arguments[0], scope)
        case s.Attribute(value=owner, name="update") if arguments:
            return stored(owner, arguments[0], scope)
        case s.Attribute(value=owner, name="update") if call.keywords:
            keys = tuple(None if keyword.name is None else s.Constant(keyword.name) for keyword in call.keywords)
            return stored(owner, s.Mapping(keys, tuple(keyword.value for keyword in call.keywords)), scope)
        case s.Attribute(value=owner, name="setdefault") if len(arguments) == 2:
            return stored(owner, s.Mapping((arguments[0],), (arguments[1],)), scope)
        case s.Name(id="setattr") if len(arguments) == 3 and (name := spelling.text(arguments[1])) is not None:
            return Store(s.Attribute(arguments[0], name, call.line), arguments[2], scope)
        case _:
            return None


def _one(element: s.Expression) -> s.Expression:
    """A list that has this element at an unknown position."""
    return s.Sequence((s.Star(s.Sequence((element,))),))
