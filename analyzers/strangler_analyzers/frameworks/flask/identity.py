"""User loaders: the functions that Flask-JWT-Extended, Flask-Login and Flask-HTTPAuth call to load the user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.system import CallKind, ModuleRole
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import External, Frame, Value, Values
from strangler_analyzers.source import syntax as s

_LOADERS = {
    "token_in_blocklist_loader": "flask_jwt_extended",
    "token_in_blacklist_loader": "flask_jwt_extended",
    "user_lookup_loader": "flask_jwt_extended",
    "user_loader_callback_loader": "flask_jwt_extended",
    "token_verification_loader": "flask_jwt_extended",
    "user_loader": "flask_login",
    "request_loader": "flask_login",
    "verify_password": "flask_httpauth",
    "verify_token": "flask_httpauth",
    "get_user_roles": "flask_httpauth",
}
_PACKAGES = frozenset(_LOADERS.values())
_CALLS = frozenset(
    {"flask_jwt_extended.verify_jwt_in_request", "flask_jwt_extended.view_decorators.verify_jwt_in_request"}
)
_LISTS = ("decorators", "method_decorators")


class IdentityLoaders:
    """The program's loaders, by the package that calls them."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._loaders: dict[str, list[Scope]] = {}
        for scope in resolver.program.functions.values():
            if scope.module.role is ModuleRole.APPLICATION:
                for name in scope.decorator_names():
                    if name in _LOADERS and self._declares(scope, name):
                        self._loaders.setdefault(_LOADERS[name], []).append(scope)

    def _declares(self, scope: Scope, name: str) -> bool:
        return any(package == _LOADERS[name] for package in self._decorating(scope))

    def of(self, package: str) -> Iterable[Scope]:
        """The loaders a package calls."""
        return self._loaders.get(package, ())

    def guarding(self, view: Scope, functions: Iterable[Scope]) -> list[Scope]:
        """The loaders that run because a view, or one of its functions, is decorated."""
        if not self._loaders:
            return []
        packages = dict.fromkeys(package for scope in (view, *functions) for package in self._guards(scope))
        return [scope for package in packages for scope in self.of(package)]

    def _guards(self, scope: Scope) -> Iterator[str]:
        yield from self._decorating(scope)
        if scope.is_class:
            for ancestor in self._resolver.order(scope):
                if not isinstance(ancestor, str):
                    for name in _LISTS:
                        for binding in ancestor.bindings.get(name, ()):
                            if isinstance(binding, Assigned):
                                yield from self._listed(binding.expression, Frame(ancestor))

    def _decorating(self, scope: Scope) -> Iterator[str]:
        if not isinstance(scope.node, s.Tree):
            for decorator in scope.node.decorators:
                yield from self._packages(self._resolver.evaluate(decorator, Frame(scope.parent or scope)))

    def _listed(self, expression: s.Expression, frame: Frame) -> Iterator[str]:
        for value in self._resolver.evaluate(expression, frame):
            yield from self._packages(self._resolver.elements(value))

    @staticmethod
    def _packages(values: Iterable[Value]) -> Iterator[str]:
        for value in values:
            if isinstance(value, External) and (package := value.path.partition(".")[0]) in _PACKAGES:
                yield package


class IdentityEffects(EffectRule):
    """Code that accesses the current user itself runs the loaders."""

    calls_of = (External,)
    calls_named = ()

    def __init__(self) -> None:
        self._loaders: IdentityLoaders | None = None

    def _known(self, resolver: Resolver) -> IdentityLoaders:
        if self._loaders is None:
            self._loaders = IdentityLoaders(resolver)
        return self._loaders

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """``verify_jwt_in_request()``."""
        if any(isinstance(callee, External) and callee.path in _CALLS for callee in callees):
            for scope in self._known(resolver).of("flask_jwt_extended"):
                yield Runs(scope, CallKind.FRAMEWORK)

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """``current_user.anything`` of Flask-Login loads the user."""
        for owner in owners:
            if isinstance(owner, External) and owner.path in {
                "flask_login.current_user",
                "flask_login.utils.current_user",
            }:
                for scope in self._known(resolver).of("flask_login"):
                    yield Runs(scope, CallKind.FRAMEWORK)
