"""The program's own converters in ``path()`` routes: ``register_converter(Class, "name")``."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.django.path_templates import regex_template
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.strings import first_string
from strangler_analyzers.linker.values import ClassValue
from strangler_analyzers.source import spelling

_REGISTER = "register_converter"
_PATH = "PathConverter"


def path_converters(resolver: Resolver) -> frozenset[str]:
    """The names of the converters that match slashes, including Django's own `path`."""
    scopes = (scope for scope in resolver.program.scopes() if _REGISTER in scope.module.scope.bindings)
    return frozenset(("path", *(name for scope in scopes for name in _registered(resolver, scope))))


def _registered(resolver: Resolver, scope: Scope) -> Iterator[str]:
    frame = resolver.frame(scope)
    for call in scope.calls:
        converter, given = call.argument(0, "converter"), call.argument(1, "type_name")
        if spelling.last_name(call) == _REGISTER and converter is not None and given is not None:
            name = first_string(resolver.evaluate(given, frame))
            classes = [value.scope for value in resolver.evaluate(converter, frame) if isinstance(value, ClassValue)]
            if name is not None and any(_takes_slashes(resolver, found) for found in classes):
                yield name


def _takes_slashes(resolver: Resolver, converter: Scope) -> bool:
    """Whether the class's ``regex`` matches a slash; if unknown, that of its base class."""
    for ancestor in resolver.order(converter):
        if isinstance(ancestor, str):
            return ancestor.rpartition(".")[2] == _PATH
        if "regex" in ancestor.bindings:
            regex = first_string(resolver.lookup("regex", resolver.frame(ancestor)))
            if regex is not None:
                return regex_template(f"(?P<given>{regex})") == "{given:path}"
    return False
