"""The program's own middleware: what runs before and after every view."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.methods import nearest_methods
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, Frame, FunctionValue

_BEFORE = (("__call__", "__acall__", "process_request"), ("process_view",))
_AFTER = ("process_template_response", "process_response")


def middleware_functions(lists: Lists, settings: Settings) -> tuple[Scope, ...]:
    """The functions of the MIDDLEWARE setting that run with a request, in the order Django runs them.

    The order is that of `django.core.handlers.base.BaseHandler`: every ``process_request`` (inside ``__call__``), then
    every ``process_view``, then backwards what sees the response. ``process_exception`` runs only when a view fails and
    is left out.
    """
    names = settings.texts("MIDDLEWARE") or settings.texts("MIDDLEWARE_CLASSES")
    parts = [part for name in names if (part := _Part.named(lists, name)) is not None]
    found: list[Scope] = []
    for stage in _BEFORE:
        for part in parts:
            found.extend(part.functions(stage))
    for part in reversed(parts):
        found.extend(part.functions(_AFTER))
    return tuple(dict.fromkeys(found))


class _Part:
    """One entry of MIDDLEWARE."""

    def __init__(self, lists: Lists, scope: Scope) -> None:
        self._lists = lists
        self._scope = scope

    @classmethod
    def named(cls, lists: Lists, dotted: str) -> _Part | None:
        module, _, name = dotted.rpartition(".")
        for value in lists.resolver.module_member(module, name) if module else ():
            if isinstance(value, ClassValue | FunctionValue):
                return cls(lists, value.scope)
        return None

    def functions(self, names: tuple[str, ...]) -> Iterator[Scope]:
        """The functions of the program behind method names; a factory's inner function counts as ``__call__``."""
        if self._scope.is_function:
            if "__call__" in names:
                for value in self._lists.resolver.returned(Frame(self._scope)):
                    if isinstance(value, FunctionValue):
                        yield value.scope
            return
        for name in names:
            yield from nearest_methods(self._lists.resolver, self._scope, name)
