"""The settings of a project, read without being executed.

Which module holds them is said by what starts the project (``manage.py``, ``wsgi.py``, ``asgi.py``) with
DJANGO_SETTINGS_MODULE, unless strangler.toml does; where nothing says it, or what it says has no ROOT_URLCONF, every
module that names one is one. What those leave open, a module that is called settings or defaults may say: a reusable
app has no other.
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place, class_variable
from strangler_analyzers.linker.scope import Scope, Unit
from strangler_analyzers.linker.values import NOTHING, ClassValue, ConstantValue, External, Frame, Values
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_STARTERS = frozenset({"manage", "wsgi", "asgi", "__main__", "celery", "celery_app", "main", "cli", "runner"})


class Settings:
    """The settings modules of a program and their values."""

    def __init__(self, lists: Lists, declared: str | None = None, urlconf: str | None = None) -> None:
        self._lists = lists
        self._resolver = lists.resolver
        self._urlconf = urlconf
        self.scopes: tuple[Scope, ...] = tuple(self._declared(declared)) or self._started() or tuple(self._by_content())
        """The modules (or classes, of django-configurations) that hold settings, the likeliest first."""
        self._all: tuple[Scope, ...] = tuple(dict.fromkeys((*self.scopes, *self._by_name())))

    def text(self, name: str) -> str | None:
        """The value of a string setting, from the first settings module that has it."""
        return next(self._texts(name, self._all), None)

    def all_texts(self, name: str) -> tuple[str, ...]:
        """The string values of a setting in any of the project's active settings modules."""
        return tuple(dict.fromkeys(self._texts(name, self.scopes)))

    def _texts(self, name: str, scopes: tuple[Scope, ...]) -> Iterator[str]:
        for scope in scopes:
            values = self._values(scope, name)
            texts = [value.value for value in values if isinstance(value, ConstantValue)]
            yield from (text for text in texts if isinstance(text, str))
            owner, _ = class_variable(self._resolver, scope, name) or (scope, name)
            if values and not texts and (text := self._lists.text(s.Name(name), Place(Frame(owner)))) is not None:
                yield text

    def texts(self, name: str) -> tuple[str, ...]:
        """The value of a setting that is a list of strings, from the first settings module that has it."""
        for scope in self._all:
            found = [self._lists.text(item.expression, item.place) for item in self._items(scope, name)]
            if known := [text for text in found if text is not None]:
                return tuple(dict.fromkeys(known))
        return ()

    def first_texts(self, name: str) -> tuple[str, ...] | None:
        """The first text of each element of a list of pairs, in the settings the project runs with.

        None where no module has it, or one of the elements is not known.
        """
        for scope in self.scopes:
            if items := list(self._items(scope, name)):
                firsts = [
                    self._lists.text(item.expression.elements[0], item.place)
                    if isinstance(item.expression, s.Sequence) and item.expression.elements
                    else None
                    for item in items
                ]
                known = [text for text in firsts if text is not None]
                return tuple(dict.fromkeys(known)) if len(known) == len(items) else None
        return None

    def _items(self, scope: Scope, name: str) -> Iterator[Item]:
        if scope.is_class:
            return self._lists.of_variable(scope, name, Place(Frame(scope)))
        return self._lists.of_module(scope.module.name, name)

    def values(self, name: str) -> Values:
        """What ``settings.name`` may be, by the settings modules the project runs with.

        From the first module that says it plainly, else the first that has it.
        """
        found = [values for scope in self.scopes if (values := self._values(scope, name))]
        for values in found:
            if not any(isinstance(value, External) for value in values):
                return values
        text = next(self._texts(name, self.scopes), None)
        return (ConstantValue(text),) if text is not None else next(iter(found), NOTHING)

    def urlconfs(self) -> Iterator[str]:
        """Modules named by settings that end in ``URLCONF``: the root first, then those of tenants and subdomains."""
        if self._urlconf is not None:
            yield self._urlconf
            return
        yield from self.all_texts("ROOT_URLCONF")
        for scope in self.scopes:
            for name in scope.bindings:
                if name.endswith("URLCONF") and name != "ROOT_URLCONF":
                    yield from self.all_texts(name)

    def _values(self, scope: Scope, name: str) -> Values:
        if scope.is_class:
            return self._resolver.member(scope, name, on_class=True)
        return self._resolver.module_member(scope.module.name, name)

    # --- where settings are

    def _declared(self, name: str | None) -> Iterator[Scope]:
        """The settings module (or class, ``module.Class``) that the user declares."""
        if name is not None and name in self._resolver.program.units:
            yield self._resolver.program.units[name].scope
        elif name is not None and (scope := class_named(self._lists, name)) is not None:
            yield scope

    def _started(self) -> tuple[Scope, ...]:
        """The modules that start scripts name; if none has a ROOT_URLCONF but other modules have, those instead."""
        named = tuple(self._named_by_starters())
        return (
            named if any(self._values(scope, "ROOT_URLCONF") for scope in named) else tuple(self._by_content()) or named
        )

    def _named_by_starters(self) -> Iterator[Scope]:
        found: dict[Scope, None] = {}
        for unit in self._resolver.program.units.values():
            if unit.role is ModuleRole.APPLICATION and unit.name.rpartition(".")[2] in _STARTERS:
                for module in self._module_names(unit):
                    named = self._resolver.program.units.get(module)
                    if named is not None and named.role is ModuleRole.APPLICATION:
                        found[named.scope] = None
        with_urls = [scope for scope in found if self._values(scope, "ROOT_URLCONF")]
        yield from with_urls
        yield from (scope for scope in found if scope not in with_urls)

    def _module_names(self, unit: Unit) -> Iterator[str]:
        place = Place(Frame(unit.scope))
        for node in nodes((unit.tree,), nested=True):
            match node:
                case s.Call(arguments=(s.Constant(value=name), value)) if name == _VARIABLE:
                    text = self._lists.text(value, place)
                case s.Assign(targets=(s.Subscript(index=s.Constant(value=name)),), value=value) if name == _VARIABLE:
                    text = self._lists.text(value, place)
                case _:
                    continue
            if text is not None:
                yield text

    def _by_content(self) -> Iterator[Scope]:
        for unit in self._resolver.program.units.values():
            if unit.role is not ModuleRole.APPLICATION:
                continue
            if "ROOT_URLCONF" in unit.scope.bindings:
                yield unit.scope
            for child in unit.scope.children:
                if child.is_class and "ROOT_URLCONF" in child.bindings:
                    yield child

    def _by_name(self) -> Iterator[Scope]:
        for unit in self._resolver.program.units.values():
            parts = unit.name.split(".")
            if unit.role is ModuleRole.APPLICATION and any(part.endswith(("settings", "defaults")) for part in parts):
                yield unit.scope


def class_named(lists: Lists, dotted: str) -> Scope | None:
    """The program's class at a dotted path in the settings."""
    module, _, name = dotted.rpartition(".")
    for value in lists.resolver.module_member(module, name) if module else NOTHING:
        if isinstance(value, ClassValue):
            return value.scope
    return None
