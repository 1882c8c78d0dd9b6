"""Methods that a class exposes: ``@expose("/rule", methods=[...])`` of Flask-AppBuilder and Flask-Admin.

A rule stands for the method a class has under a name, as both packages find it (``dir(self)``): one that is overridden
without ``@expose`` answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from strangler.model.system import Route
from strangler_analyzers.frameworks.flask.rules import below, template
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.text import texts
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, Values
from strangler_analyzers.source import syntax as s


@dataclass(frozen=True, slots=True)
class Exposed:
    """A rule of one method."""

    rule: str
    methods: tuple[str, ...] = ("GET",)


@dataclass(frozen=True, slots=True)
class ExposedMethod:
    """What answers some rules of a class under a name: a function, or None for a method of the package."""

    view: Scope
    name: str
    function: Scope | None
    rules: tuple[Exposed, ...]

    def routes(self, base: str, run: Iterable[Scope | None]) -> Iterator[Route]:
        """The routes below a path; a request runs the functions of `run`, in order."""
        answers = self.function
        entry = tuple(dict.fromkeys(scope.name for scope in run if scope is not None))
        for rule in self.rules:
            path = below(base, template(rule.rule)) or "/"
            for method in rule.methods:
                yield Route(
                    path=path if path.startswith("/") else f"/{path}",
                    method=method,
                    handler=f"{self.view.name}.{self.name}" if answers is None else answers.name,
                    framework="flask",
                    location=(self.view if answers is None else answers).location,
                    name=f"{self.view.short_name}.{self.name}",
                    entry=entry,
                )


class ExposedMethods:
    """The exposed methods of classes; `library` holds those of the package's own classes, by class and method."""

    def __init__(
        self, evaluator: Evaluator, package: str, library: Mapping[str, Mapping[str, tuple[Exposed, ...]]]
    ) -> None:
        self._evaluator = evaluator
        self._resolver = evaluator.resolver
        self._package = package
        self._library = library

    def of(self, view: Scope) -> Iterator[ExposedMethod]:
        """The exposed methods of a class by name, each the first one in the order of ancestors."""
        found: dict[str, tuple[Scope | None, tuple[Exposed, ...]]] = {}
        for ancestor in self._resolver.order(view):
            if isinstance(ancestor, str):
                for name, rules in self._of_library(ancestor).items():
                    found.setdefault(name, (None, rules))
            else:
                for function in ancestor.children:
                    if function.is_function and not function.is_lambda:
                        found.setdefault(function.short_name, (function, tuple(self._rules(function))))
        for name, (own, rules) in sorted(found.items(), key=itemgetter(0)):
            if rules:
                yield ExposedMethod(view, name, own, rules)

    def are_of(self, view: Scope) -> bool:
        """Whether a class inherits from one of the package's."""
        return any(
            isinstance(name, str) and name.startswith(f"{self._package}.") for name in self._resolver.order(view)
        )

    def decorators(self, function: Scope) -> Iterator[tuple[s.Call, str]]:
        """The calls of the package's decorators, and their names."""
        if not isinstance(function.node, s.Function):
            return
        frame = Frame(function.parent or function)
        for decorator in function.node.decorators:
            call = decorator if isinstance(decorator, s.Call) else s.Call(decorator, (), (), function.node.line, 0)
            for value in self._evaluator.evaluate(call.function, frame):
                if isinstance(value, External) and value.path.startswith(f"{self._package}."):
                    yield call, value.path.rpartition(".")[2]

    def attribute(self, view: Scope, name: str) -> Values:
        """The attribute of a class, or of its nearest ancestor that binds the name."""
        for ancestor in self._resolver.order(view):
            if not isinstance(ancestor, str) and name in ancestor.bindings:
                return self._evaluator.lookup(name, Frame(ancestor))
        return ()

    def elements(self, values: Values) -> list[str]:
        """The strings in lists."""
        return [text for v in values for part in self._evaluator.containers.elements(v) for text in texts(part)]

    def _rules(self, function: Scope) -> Iterator[Exposed]:
        for call, name in self.decorators(function):
            if name in {"expose", "expose_api"}:
                position = 0 if name == "expose" else 1
                given = call.argument(position, "url")
                frame = Frame(function.parent or function)
                rules = texts(self._evaluator.evaluate(given, frame)) if given is not None else ["/"]
                methods = call.argument(position + 1, "methods")
                allowed = self.elements(self._evaluator.evaluate(methods, frame)) if methods is not None else []
                yield from (Exposed(rule, tuple(map(str.upper, allowed)) or ("GET",)) for rule in rules[:1])

    def _of_library(self, path: str) -> Mapping[str, tuple[Exposed, ...]]:
        package, _, rest = path.partition(".")
        return self._library.get(rest.rpartition(".")[2], {}) if package == self._package else {}
