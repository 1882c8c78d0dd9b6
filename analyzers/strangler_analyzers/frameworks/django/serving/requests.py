"""The request as a value: the attributes that Django and the program's own code set on it."""

from __future__ import annotations

from strangler_analyzers.frameworks.django.project import Project, Projects
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, FunctionValue, InstanceValue, Value, Values
from strangler_analyzers.source import syntax as s

REQUEST = External("django.http.HttpRequest()")
"""Any request."""

_REQUESTS = frozenset(
    {
        "django.http.HttpRequest()",
        "django.http.request.HttpRequest()",
        "django.core.handlers.wsgi.WSGIRequest()",
        "django.core.handlers.asgi.ASGIRequest()",
        "rest_framework.request.Request()",
    }
)
_USER = External("django.contrib.auth.models.User()")
"""The signed-in user, if AUTH_USER_MODEL has its default."""
_USER_FUNCTIONS = frozenset({"django.contrib.auth.get_user", "django.contrib.auth.aget_user"})
LAZY = frozenset(
    {"django.utils.functional.SimpleLazyObject", "django.utils.functional.lazy", "django.utils.functional.LazyObject"}
)
"""Classes whose instances are made on first use."""


class Requests(Knowledge):
    """``request`` parameters, ``self.request`` of views, ``request.user`` and what middleware adds to the request."""

    attributes_of = (InstanceValue, External)
    calls_of = (External,)

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """An unannotated parameter called ``request`` is the request."""
        del resolver, scope
        if parameter.name != "request" or parameter.prefix or parameter.annotation is not None:
            return None
        return (REQUEST,)

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """Attributes of the request, and the request of a view."""
        match value:
            case InstanceValue(scope=scope) if name == "request":
                return None if _declares(resolver, scope, name) else (REQUEST,)
            case External() if is_request(value):
                return self._of_request(resolver, name)
            case _:
                return None

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """A lazy object is what its function returns."""
        if not isinstance(callee, External):
            return None
        if callee.path in _USER_FUNCTIONS:
            project = self._projects.ready(resolver)
            return self._user(project) if project is not None else None
        if callee.path not in LAZY or not call.arguments:
            return None
        function = call.arguments[0]
        if isinstance(function, s.Lambda):
            return resolver.evaluate(function.body, frame)
        made = resolver.evaluate(function, frame)
        return resolver.union(resolver.call(value, call, frame) for value in made if isinstance(value, FunctionValue))

    def _of_request(self, resolver: Resolver, name: str) -> Values | None:
        project = self._projects.ready(resolver)
        if project is None:
            return None
        found = resolver.union(
            resolver.evaluate(value, Frame(scope)) for scope, value in project.mentions.request_attributes.get(name, ())
        )
        found = tuple(
            value for value in found if isinstance(value, InstanceValue | ClassValue) or _says_something(value)
        )
        if name == "user":
            return resolver.union((self._user(project) or (), found)) or None
        return found or None

    @staticmethod
    def _user(project: Project) -> Values | None:
        model = project.user_model
        if model is not None:
            return (InstanceValue(model),)
        return (_USER,) if project.settings.text("AUTH_USER_MODEL") in {None, "auth.User"} else None


def is_request(value: Value) -> bool:
    """Whether a value is a request."""
    return isinstance(value, External) and value.path in _REQUESTS


def _says_something(value: Value) -> bool:
    return isinstance(value, External) and not value.path.startswith("builtins.")


def _declares(resolver: Resolver, scope: Scope, name: str) -> bool:
    """Whether the program itself sets the attribute of a class, other than by passing the request on."""
    for ancestor in resolver.order(scope):
        if isinstance(ancestor, Scope) and (name in ancestor.bindings or name in ancestor.attributes):
            return True
    return False
