"""Whether a function may change what it is given: whoever asks a service has to see it, too."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from strangler_analyzers.rewriting.parts_of_arguments import ASKING, part_changed
from strangler_analyzers.rewriting.signatures import Definition, SourceModule
from strangler_analyzers.rewriting.sources import Sources

_LOOKING = frozenset(
    {"len", "list", "set", "sorted", "sum", "tuple", "str", "dict", "bool", "min", "max", "any", "all"}
)

NameOf = Callable[[ast.expr, SourceModule], str]
"""The full name of an expression: ``module:qualname`` of what the monolith defines."""


@dataclass(frozen=True, slots=True)
class _Given:
    """A parameter that is looked at: its name in a function of a module, and its class, if known.

    `within` are the functions it has been handed on by.
    """

    name: str
    module: SourceModule
    model: str | None
    within: tuple[Definition, ...]


@dataclass(frozen=True)
class ChangedArguments:
    """Looks at the source; what it does not understand may change anything."""

    sources: Sources
    name_of: NameOf

    def may_change(self, definition: Definition, module: SourceModule, name: str, model: str | None = None) -> bool:
        """Whether a function may change its parameter `name`; `model` is its class (``module:qualname``), if known."""
        return self._may_change(definition, _Given(name, module, model, (definition,)))

    def _may_change(self, definition: Definition, given: _Given) -> bool:
        if any(self._changed_in(statement, given) for statement in _until_bound_anew(definition.body, given.name)):
            return True
        # Of a row nothing but its columns crosses, and those are read anew.
        return given.model is None and part_changed(definition.body, given.name)

    def _changed_in(self, statement: ast.AST, given: _Given) -> bool:
        """Whether a use of the name is none of those that only look."""
        return any(
            self._call_changes(node, given) if isinstance(node, ast.Call) else _changes(node, given.name)
            for node in ast.walk(statement)
        )

    def _call_changes(self, node: ast.Call, given: _Given) -> bool:
        name = given.name
        method = node.func.attr if isinstance(node.func, ast.Attribute) and _is(node.func.value, name) else None
        if method is not None and not self._only_looks(method, given.model):
            return True
        if (
            isinstance(node.func, ast.Name)
            and node.func.id in _LOOKING
            and node.func.id not in given.module.definitions
        ):
            return False
        handed: list[int | str | None] = [number for number, value in enumerate(node.args) if _is(value, name)]
        handed += [keyword.arg for keyword in node.keywords if _is(keyword.value, name)]
        return bool(handed) and self._callee_changes(node, handed, given)

    def _only_looks(self, method: str, model: str | None) -> bool:
        """Whether a method changes nothing: of a list or dictionary, or of a model and seen not to."""
        if model is None:
            return method in ASKING
        owner, _, qualname = model.partition(":")
        source = self.sources.module(owner)
        found = None if source is None else source.definitions.get(f"{qualname}.{method}")
        if source is None or not isinstance(found, Definition) or not found.args.args:
            return False
        return not self._may_change(found, _Given(found.args.args[0].arg, source, None, (found,)))

    def _callee_changes(self, node: ast.Call, handed: list[int | str | None], given: _Given) -> bool:
        """Whether the function that is called, if it is one of the monolith, changes what it is handed."""
        if not isinstance(node.func, ast.Name | ast.Attribute) or any(isinstance(a, ast.Starred) for a in node.args):
            return True
        owner, _, qualname = self.name_of(node.func, given.module).partition(":")
        source = self.sources.module(owner) if qualname else None
        found = None if source is None else source.definitions.get(qualname)
        if source is None or not isinstance(found, Definition) or found.decorator_list or found in given.within:
            return True
        positional = [argument.arg for argument in (*found.args.posonlyargs, *found.args.args)]
        known = {*positional, *(argument.arg for argument in found.args.kwonlyargs)}
        if any(isinstance(place, int) and place >= len(positional) for place in handed):
            return True
        names = {positional[place] if isinstance(place, int) else place for place in handed}
        within = (*given.within, found)
        return any(
            name is None or name not in known or self._may_change(found, _Given(name, source, given.model, within))
            for name in names
        )


def _changes(node: ast.AST, name: str) -> bool:
    """Whether a node that is no call may change what a name stands for, or lets another name stand for it."""
    match node:
        case ast.Attribute() | ast.Subscript():
            return _is(node.value, name) and not isinstance(node.ctx, ast.Load)
        case ast.Compare() | ast.BinOp() | ast.UnaryOp() | ast.FormattedValue() | ast.If() | ast.While() | ast.Assert():
            return False
        case ast.For() | ast.AsyncFor() | ast.comprehension() | ast.keyword():
            return False  # a keyword is one of a call, which is looked at as a whole
        case ast.IfExp():
            return _is(node.body, name) or _is(node.orelse, name)
        case ast.Assign():
            return _is(node.value, name)
        case _:
            return any(_is(child, name) for child in ast.iter_child_nodes(node))


def _until_bound_anew(body: list[ast.stmt], name: str) -> Iterator[ast.AST]:
    """The statements of a body up to the one that in any case lets the name mean something else."""
    for statement in body:
        if isinstance(statement, ast.With | ast.AsyncWith):
            yield from statement.items
            yield from _until_bound_anew(statement.body, name)
            if any(_binds(inner, name) for inner in statement.body):
                return
        else:
            yield statement
            if _binds(statement, name):
                return


def _binds(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.Assign) and any(_is(target, name) for target in statement.targets)


def _is(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
