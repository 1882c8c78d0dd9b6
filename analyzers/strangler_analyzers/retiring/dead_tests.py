"""Tests that send requests which the monolith no longer answers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from strangler.model.system import Route
from strangler_analyzers.own_requests.asked_paths import fits
from strangler_analyzers.own_requests.known_texts import KnownTexts
from strangler_analyzers.retiring.program import Program
from strangler_analyzers.retiring.registrations import decorator_name
from strangler_analyzers.retiring.units import first_line

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "open", "request", "generic"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, order=True)
class DeadTest:
    """A test that requests a moved route: the unit, its lines, and the request's path as a template."""

    name: str
    lines: tuple[int, int]
    path: str


def dead_tests(program: Program, moved: Iterable[Route]) -> tuple[DeadTest, ...]:
    """The tests that request a moved route, directly, in a helper or in a set-up method."""
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
        values = KnownTexts(self.names)
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

    def _in(self, prefix: str, functions: list[_Function], values: KnownTexts) -> Iterator[DeadTest]:
        asked = {node.name: path for node in functions if (path := self._asked(node, values)) is not None}
        every = next((path for node in functions if _is_before_each(node) if (path := asked.get(node.name))), None)
        for node in functions:
            if not node.name.startswith("test"):
                continue
            path = every or asked.get(node.name) or self._by_helper(node, asked)
            if path is not None:
                yield DeadTest(f"{prefix}{node.name}", (first_line(node), node.end_lineno or node.lineno), path)

    def _by_helper(self, node: _Function, asked: Mapping[str, str]) -> str | None:
        """The path requested by a helper that a test calls; the helper itself is not a test."""
        for call in ast.walk(node):
            if isinstance(call, ast.Call):
                name = decorator_name(call)
                if name in asked and not name.startswith("test"):
                    return asked[name]
        return None

    def _asked(self, function: _Function, outer: KnownTexts) -> str | None:
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
        return next((found for template, found in self.templates.items() if fits(template, segments)), None)


def _is_request(call: ast.Call, values: KnownTexts) -> bool:
    """Whether a call sends a request: by the name of what is called, or with a method among what it is given."""
    name = decorator_name(call)
    return name in _VERBS or name == "assertRedirects" or any(_METHODS & set(values.of(node)) for node in call.args)


def _is_before_each(function: _Function) -> bool:
    return function.name in {"setUp", "setUpClass", "setUpTestData", "setup_method", "asyncSetUp"}
