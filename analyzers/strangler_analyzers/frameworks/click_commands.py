"""Command line commands made with Click, Typer and their relatives: `flask` commands, groups of their own."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import EntryKind, EntryPoint, ModuleRole
from strangler_analyzers.linker.program import Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import External, Frame, FunctionValue, InstanceValue, Value
from strangler_analyzers.source import syntax as s

_NAMES = frozenset({"command", "group", "callback"})
_PACKAGES = frozenset({"click", "rich_click", "asyncclick", "typer", "cyclopts", "flask", "quart", "flask_script"})


def click_commands(resolver: Resolver) -> Iterator[EntryPoint]:
    """Every function that is decorated as a command or group."""
    for scope in resolver.program.functions.values():
        if scope.module.role is ModuleRole.APPLICATION and not _NAMES.isdisjoint(scope.decorator_names()):
            decorator = command_decorator(resolver, scope)
            if decorator is not None:
                name = _name(resolver, decorator, scope)
                yield EntryPoint(EntryKind.COMMAND, name, scope.name, scope.location)


def command_decorator(resolver: Resolver, scope: Scope) -> s.Expression | None:
    """The decorator that makes a function a command, if it is one."""
    if not isinstance(scope.node, s.Function):
        return None
    frame = Frame(scope.parent or scope)
    for decorator in scope.node.decorators:
        function = decorator.function if isinstance(decorator, s.Call) else decorator
        match function:
            case s.Attribute(value=s.Attribute(name="cli"), name=name) if name in _NAMES:
                return decorator
            case s.Attribute(value=owner, name=name) if name in _NAMES:
                if any(_makes_commands(resolver, value) for value in resolver.evaluate(owner, frame)):
                    return decorator
            case s.Name(id=name):
                if any(_is_maker(value) for value in resolver.evaluate(function, frame)):
                    return decorator
            case _:
                pass
    return None


def _makes_commands(resolver: Resolver, value: Value) -> bool:
    match value:
        case External(path=path):
            return path.partition(".")[0] in _PACKAGES
        case InstanceValue(scope=scope):
            outside = (ancestor for ancestor in resolver.order(scope) if isinstance(ancestor, str))
            return any(ancestor.partition(".")[0] in _PACKAGES for ancestor in outside)
        case FunctionValue(scope=scope):
            return command_decorator(resolver, scope) is not None
        case _:
            return False


def _is_maker(value: Value) -> bool:
    """``click.command`` imported by its name."""
    if not isinstance(value, External):
        return False
    package, _, rest = value.path.partition(".")
    return package in _PACKAGES and rest.rpartition(".")[2] in _NAMES


def _name(resolver: Resolver, decorator: s.Expression, scope: Scope) -> str:
    if isinstance(decorator, s.Call):
        given = Texts(resolver).one(decorator.argument(0, "name"), Frame(scope.parent or scope))
        if given:
            return given
    return scope.short_name.replace("_", "-")
