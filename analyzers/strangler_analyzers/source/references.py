"""A file's references to other files: its imports, and the strings by which it may name something."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

MAX_TEXT = 200
MAX_WORDS = 3
"""Longer strings, in characters and in words, are not names."""

_LOADERS = frozenset(
    {
        *("import_module", "__import__", "find_spec", "import_string", "import_from_string", "cached_import_string"),
        *("import_object", "load_object", "load_class", "load_module", "register_module", "find_modules"),
        *("walk_packages", "autodiscover_modules", "autodiscover_tasks", "get_app_config", "is_installed"),
        *("get_model", "get_registered_model", "load_model", "get_class", "get_classes"),
    }
)
"""Functions that take the name of a module or an app."""
_INCLUDES = frozenset({"include", "decorator_include"})
"""Functions that take such a name, but often other arguments than strings."""
_APPS = "INSTALLED_APPS"
_URLS = "ROOT_URLCONF"


class References(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The references of one file to others; every tuple is sorted."""

    imports: tuple[str, ...] = ()
    """The first components of its imports, and relative imports as written: ``..models``."""
    texts: tuple[str, ...] = ()
    """Its strings of at most `MAX_WORDS` words."""
    words: tuple[str, ...] = ()
    """Those of its strings that may name a whole package: single words in code that loads packages by name."""
    loaded: tuple[str, ...] = ()
    """First arguments to functions that find a module or an app by its name or a part of it."""
    tasks: tuple[str, ...] = ()
    """The explicit names of its tasks."""
    labels: tuple[str, ...] = ()
    """The app labels of its ``AppConfig`` classes."""
    classes: tuple[str, ...] = ()
    """The names of its classes, in lower case."""
    has_urls: bool = False
    """Whether it holds the settings of a Django project."""
    lines: int = 0


def references_of(tree: s.Tree) -> References:
    """The references of a file to others."""
    found = _Reading()
    for node in nodes((tree,), nested=True):
        found.read(node)
    return found.references(tree.lines)


class _Reading:
    """Collects references."""

    def __init__(self) -> None:
        self._imports: set[str] = set()
        self._texts: set[str] = set()
        self._included: set[str] = set()
        self._loaded: set[str] = set()
        self._tasks: set[str] = set()
        self._unnamed_tasks = False
        self._labels: set[str] = set()
        self._classes: set[str] = set()
        self._loads = False
        self._has_urls = False

    def references(self, lines: int) -> References:
        texts = {text for text in self._texts if len(text) <= MAX_TEXT and 0 < len(text.split()) <= MAX_WORDS}
        words = {text for text in (texts if self._loads else self._loaded | self._included) if text.isidentifier()}
        tasks = self._tasks | (texts if self._unnamed_tasks else set[str]())
        return References(
            _sorted(self._imports),
            _sorted(texts),
            _sorted(words),
            _sorted(self._loaded),
            _sorted(tasks),
            _sorted(self._labels),
            _sorted(self._classes),
            self._has_urls,
            lines,
        )

    def read(self, node: s.Node) -> None:
        match node:
            case s.Constant(value=str() as text):
                self._texts.add(text)
            case s.Name(id=name):
                self._loads = self._loads or name == _APPS
            case s.Assign(targets=targets):
                self._set(targets)
            case s.Augment(target=target):
                self._set((target,))
            case s.Call():
                self._call(node)
            case s.Import(names=names):
                self._imports.update(alias.name.partition(".")[0] for alias in names)
            case s.ImportFrom(module=module, level=level):
                self._imports.add("." * level + module if level else module.partition(".")[0])
            case s.Class():
                self._class(node)
            case s.Function(decorators=decorators):
                self._decorated(decorators)
            case _:
                pass

    def _set(self, targets: tuple[s.Expression, ...]) -> None:
        for target in targets:
            self._has_urls = self._has_urls or (isinstance(target, s.Name) and target.id == _URLS)
            self._loads = self._loads or spelling.last_name(target) == _APPS

    def _call(self, call: s.Call) -> None:
        name = spelling.last_name(call.function)
        match call.function:
            case s.Attribute(value=s.Attribute(name=owner)) if owner == _APPS:  # ``settings.INSTALLED_APPS.append()``
                self._loads = True
            case _:
                pass
        if name in _LOADERS or name in _INCLUDES:
            given = self._loaded if name in _LOADERS else self._included
            for value in (*call.arguments[:1], *(keyword.value for keyword in call.keywords)):
                match value:
                    case s.Constant(value=str() as text):
                        given.add(text)
                    case s.Format() | s.Operation():
                        self._loads = True
                    case s.Constant():
                        pass
                    case _:
                        self._loads = self._loads or name in _LOADERS

    def _class(self, node: s.Class) -> None:
        self._classes.add(node.name.lower())
        self._decorated(node.decorators)
        bases = [spelling.last_name(base) for base in node.bases]
        for statement in node.body:
            match statement:
                case s.Assign(targets=(s.Name(id="label"),), value=s.Constant(value=str() as label)):
                    if any(base.endswith("Config") for base in bases):
                        self._labels.add(label)
                case s.Assign(targets=(s.Name(id="name"),), value=value) if any("Task" in base for base in bases):
                    self._task(value)
                case _:
                    pass

    def _decorated(self, decorators: tuple[s.Expression, ...]) -> None:
        for decorator in decorators:
            if isinstance(decorator, s.Call) and "task" in "".join(_names(decorator.function)).lower():
                value = decorator.keyword("name")
                if value is not None:
                    self._task(value)

    def _task(self, name: s.Expression | None) -> None:
        """Add a task name; one that is not a literal may be any string of the file."""
        if isinstance(name, s.Constant) and isinstance(name.value, str):
            self._tasks.add(name.value)
        elif name is not None:
            self._unnamed_tasks = True


def _sorted(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _names(expression: s.Expression) -> Iterator[str]:
    while isinstance(expression, s.Attribute):
        yield expression.name
        expression = expression.value
    if isinstance(expression, s.Name):
        yield expression.id
