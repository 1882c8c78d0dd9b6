"""Tests of requests that the monolith does not answer any more."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from strangler.model.system import Route
from strangler_analyzers.retiring.program import Program
from strangler_analyzers.retiring.registrations import decorator_name
from strangler_analyzers.retiring.units import first_line

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "open", "request", "generic"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_UNKNOWN = "\0"
"""Stands for a value that the text does not tell."""
_MOST = 64
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, order=True)
class DeadTest:
    """A test that asks for what moved: the unit, its lines, and the request's path as a template."""

    name: str
    lines: tuple[int, int]
    path: str


def dead_tests(program: Program, moved: Iterable[Route]) -> tuple[DeadTest, ...]:
    """The tests that send a request of a moved route, themselves, in a helper or in what is done before each."""
    routes = tuple(moved)
    looking = _Looking(
        {tuple(route.path.strip("/").split("/")): route.path for route in routes},
        {route.name: route.path for route in routes if route.name},
    )
    found: list[DeadTest] = []
    for module in program.modules.values():
        if program.is_test(f"{module.name}:"):
            found.extend(looking.in_module(module.name, module.tree))
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class _Looking:
    templates: Mapping[tuple[str, ...], str]
    names: Mapping[str, str]

    def in_module(self, module: str, tree: ast.Module) -> Iterator[DeadTest]:
        values = _Values(self.names)
        values.learn(tree.body)
        functions = [node for node in tree.body if isinstance(node, _Function)]
        yield from self._in(f"{module}:", functions, values)
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                inner = values.child()
                inner.learn(node.body)
                methods = [item for item in node.body if isinstance(item, _Function)]
                for method in methods:
                    if _is_before_each(method):
                        inner.learn(method.body)
                yield from self._in(f"{module}:{node.name}.", methods, inner)

    def _in(self, prefix: str, functions: list[_Function], values: _Values) -> Iterator[DeadTest]:
        asked = {node.name: path for node in functions if (path := self._asked(node, values)) is not None}
        every = next((path for node in functions if _is_before_each(node) if (path := asked.get(node.name))), None)
        for node in functions:
            if not node.name.startswith("test"):
                continue
            path = every or asked.get(node.name) or self._by_helper(node, asked)
            if path is not None:
                yield DeadTest(f"{prefix}{node.name}", (first_line(node), node.end_lineno or node.lineno), path)

    def _by_helper(self, node: _Function, asked: Mapping[str, str]) -> str | None:
        """The path that a helper asks for which a test calls; a helper is no test."""
        for call in ast.walk(node):
            if isinstance(call, ast.Call):
                name = decorator_name(call)
                if name in asked and not name.startswith("test"):
                    return asked[name]
        return None

    def _asked(self, function: _Function, outer: _Values) -> str | None:
        values = outer.child()
        values.learn(function.body)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _is_request(node, values):
                for argument in (*node.args, *(item.value for item in node.keywords if item.arg in {"path", "url"})):
                    for text in values.of(argument):
                        path = self._moved(text)
                        if path is not None:
                            return path
        return None

    def _moved(self, text: str) -> str | None:
        path = text.partition("?")[0].partition("#")[0]
        if not path.startswith("/"):
            return None
        segments = path.strip("/").split("/")
        return next((found for template, found in self.templates.items() if _fits(template, segments)), None)


class _Values:
    """What names and attributes may be, as texts; `_UNKNOWN` stands in them for what is not told."""

    def __init__(self, names: Mapping[str, str], known: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._names = names
        self._known: defaultdict[str, tuple[str, ...]] = defaultdict(tuple, known or {})

    def child(self) -> _Values:
        """The same, to learn more without telling."""
        return _Values(self._names, dict(self._known))

    def learn(self, body: Iterable[ast.stmt]) -> None:
        """Take in what some statements assign, those of functions and classes inside left out."""
        for statement in body:
            if isinstance(statement, _Function | ast.ClassDef):
                continue
            for node in ast.walk(statement):
                match node:
                    case ast.Assign(targets=targets, value=value):
                        for target in targets:
                            self._assign(target, value)
                    case ast.AnnAssign(target=target, value=ast.expr() as value):
                        self._assign(target, value)
                    case ast.For(target=target, iter=ast.List() | ast.Tuple() as several):
                        for item in several.elts:
                            self._assign(target, item)
                    case _:
                        pass

    def of(self, node: ast.expr) -> tuple[str, ...]:
        """The texts an expression may be; none where nothing is known of it."""
        match node:
            case ast.Constant(value=str(text)):
                return (text,)
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self._known.get(name, ())
            case ast.JoinedStr(values=parts):
                return self._joined([self._part(part) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([self.of(left) or (_UNKNOWN,), self.of(right) or (_UNKNOWN,)])
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if decorator_name(node) in {"reverse", "url_for"}:
                return (self._names[name],) if name in self._names else ()
            case _:
                return ()

    def _part(self, part: ast.expr) -> tuple[str, ...]:
        if isinstance(part, ast.FormattedValue):
            return self.of(part.value) or (_UNKNOWN,)
        return self.of(part) or (_UNKNOWN,)

    def _joined(self, parts: list[tuple[str, ...]]) -> tuple[str, ...]:
        texts = ("".join(found) for found in product(*parts))
        return tuple(text for text, _ in zip(texts, range(_MOST), strict=False))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                self._known[name] = (*self._known[name], *self.of(value))[:_MOST]
            case _:
                pass


def _is_request(call: ast.Call, values: _Values) -> bool:
    """Whether a call sends a request: by the name of what is called, or with a method among what it is given."""
    name = decorator_name(call)
    return name in _VERBS or name == "assertRedirects" or any(_METHODS & set(values.of(node)) for node in call.args)


def _is_before_each(function: _Function) -> bool:
    return function.name in {"setUp", "setUpClass", "setUpTestData", "setup_method", "asyncSetUp"}


def _fits(template: tuple[str, ...], segments: list[str]) -> bool:
    """Whether a path is one of a template: a segment that is not told fits a placeholder only."""
    return len(template) == len(segments) and all(
        bool(segment) if "{" in wanted else wanted == segment
        for wanted, segment in zip(template, segments, strict=True)
    )
