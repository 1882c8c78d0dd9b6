"""Commands made with Click, Typer and similar libraries: `flask` commands and the program's own groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import EntryKind, EntryPoint, ModuleRole
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import External, Frame, FunctionValue, InstanceValue, Site, Value
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_NAMES = frozenset({"command", "group", "callback"})
_ADDS = frozenset({"add_typer", "add_command"})
_MAX_DEPTH = 12
"""The deepest nesting of groups that is followed."""
_PACKAGES = frozenset({"click", "rich_click", "asyncclick", "typer", "cyclopts", "flask", "quart", "flask_script"})


class CommandLines(Framework):
    """Commands as entry points, named as an operator types them: by the path of their groups."""

    def present(self, program: Program) -> bool:
        """Whether the program imports one of the libraries."""
        return imports_any(program, _PACKAGES)

    def entry_points(self, resolver: Resolver) -> Iterator[EntryPoint]:
        """Every function that is decorated as a command or group."""
        groups = CommandGroups(resolver)
        for scope in resolver.program.functions.values():
            if scope.module.role is ModuleRole.APPLICATION and not _NAMES.isdisjoint(scope.decorator_names()):
                decorator = command_decorator(resolver, scope)
                if decorator is not None:
                    name = " ".join(groups.path(scope, decorator))
                    yield EntryPoint(EntryKind.COMMAND, name, scope.name, scope.location)


@dataclass(frozen=True, slots=True)
class _Member:
    """A call that adds a group or command to a group: ``owner.add_typer(child, name="db")``."""

    owner: s.Expression
    frame: Frame
    name: str | None


class CommandGroups:
    """The group that each command and group belongs to (`click.Context.command_path`)."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._members: dict[s.Call | Scope, _Member] = {}
        for scope in resolver.program.scopes():
            if scope.module.role is ModuleRole.APPLICATION:
                for call in scope.calls:
                    if isinstance(call.function, s.Attribute) and call.function.name in _ADDS:
                        self._add(call, call.function.value, Frame(scope))

    def _add(self, call: s.Call, owner: s.Expression, frame: Frame) -> None:
        child = call.argument(0)
        if child is None:
            return
        name = Texts(self._resolver).one(call.keyword("name") or call.argument(1), frame)
        for value in self._resolver.evaluate(child, frame):
            if (key := _key(value)) is not None:
                self._members.setdefault(key, _Member(owner, frame, name))

    def path(self, scope: Scope, decorator: s.Expression) -> tuple[str, ...]:
        """The names of the groups around a command, outermost first, and its own."""
        return self._command(scope, decorator, 0)

    def _command(self, scope: Scope, decorator: s.Expression, depth: int) -> tuple[str, ...]:
        member = self._members.get(scope)
        own = (member.name if member is not None else None) or self._name(decorator, scope)
        function = decorator.function if isinstance(decorator, s.Call) else decorator
        if member is not None:
            return (*self._group(member.owner, member.frame, depth + 1), own)
        if not isinstance(function, s.Attribute):
            return (own,)
        groups = self._group(function.value, Frame(scope.parent or scope), depth + 1)
        return groups if function.name == "callback" and groups else (*groups, own)

    def _group(self, owner: s.Expression, frame: Frame, depth: int) -> tuple[str, ...]:
        """The path of the group an expression names; empty for a module such as ``click`` itself."""
        for value in self._resolver.evaluate(owner, frame) if depth < _MAX_DEPTH else ():
            if isinstance(value, FunctionValue) and (decorator := command_decorator(self._resolver, value.scope)):
                return self._command(value.scope, decorator, depth)
            if isinstance(value, External) and value.site is not None:
                return self._made(value, value.site, owner, depth)
        return ()

    def _made(self, group: External, site: Site, owner: s.Expression, depth: int) -> tuple[str, ...]:
        """The path of a group made by a call: an instance of Typer or Group, or the ``cli`` of an application."""
        member = self._members.get(site.call)
        texts = Texts(self._resolver)
        if group.path.endswith(".cli"):  # A blueprint's commands are below its name, the application's at the top.
            is_blueprint = spelling.last_name(site.call.function).endswith("Blueprint")
            name = texts.one(site.call.keyword("cli_group") or site.call.argument(0, "name"), site.frame)
            return (name,) if is_blueprint and name else ()
        given = (member.name if member is not None else None) or texts.one(
            site.call.keyword("name") or site.call.argument(0), site.frame
        )
        if member is not None:
            return (*self._group(member.owner, member.frame, depth + 1), *((given,) if given else ()))
        return (given or spelling.last_name(owner),)

    def _name(self, decorator: s.Expression, scope: Scope) -> str:
        if isinstance(decorator, s.Call):
            given = Texts(self._resolver).one(decorator.argument(0, "name"), Frame(scope.parent or scope))
            if given:
                return given
        return scope.short_name.replace("_", "-")


def _key(value: Value) -> s.Call | Scope | None:
    """The identity of a group or command: the call that made it, or its function."""
    match value:
        case External(site=site) if site is not None:
            return site.call
        case FunctionValue(scope=scope):
            return scope
        case _:
            return None


def command_decorator(resolver: Resolver, scope: Scope) -> s.Expression | None:
    """The decorator that makes a function a command, if any."""
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
