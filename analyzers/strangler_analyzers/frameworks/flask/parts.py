"""The classes of the parts of a Flask application."""

from __future__ import annotations

from enum import Enum, auto

_PACKAGES = frozenset(
    {
        "flask",
        "quart",
        "apiflask",
        "flask_openapi3",
    }
)


class Kind(Enum):
    """The kinds of parts."""

    APPLICATION = auto()
    BLUEPRINT = auto()
    API = auto()
    """Flask-RESTful's `Api` and similar classes, which wrap an application or blueprint."""
    NAMESPACE = auto()


WRAPPING = frozenset({"flask_restful", "flask_restx", "flask_restplus", "flask_smorest", "flask_rest_api"})
"""The packages whose APIs wrap the application passed to their constructor."""

_KINDS = {
    "Flask": Kind.APPLICATION,
    "Quart": Kind.APPLICATION,
    "APIFlask": Kind.APPLICATION,
    "OpenAPI": Kind.APPLICATION,
    "current_app": Kind.APPLICATION,
    "Blueprint": Kind.BLUEPRINT,
    "APIBlueprint": Kind.BLUEPRINT,
    "Api": Kind.API,
    "Namespace": Kind.NAMESPACE,
    "namespace": Kind.NAMESPACE,
}


def kind_of(path: str) -> Kind | None:
    """The kind of part that a library class makes."""
    package, _, rest = path.partition(".")
    return _KINDS.get(rest.rpartition(".")[2]) if package in _PACKAGES | WRAPPING else None


def makes_part(path: str) -> bool:
    """Whether a library class makes a part."""
    return kind_of(path) is not None
