"""Registrations of routes and similar things in code, and the possible effects of decorators and base classes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from strangler_analyzers.own_requests.known_texts import last_name

_HARMLESS_DECORATORS = frozenset(
    {
        # of the standard library
        "staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "wraps", "contextmanager",
        "asynccontextmanager", "dataclass", "total_ordering", "abstractmethod", "final", "override", "overload",
        "runtime_checkable", "unique", "deprecated",
        # of Django, that put a function around one and keep nothing
        "login_required", "permission_required", "user_passes_test", "require_POST", "require_GET", "require_safe",
        "require_http_methods", "csrf_exempt", "csrf_protect", "ensure_csrf_cookie", "never_cache", "cache_page",
        "cache_control", "vary_on_cookie", "vary_on_headers", "gzip_page", "condition", "method_decorator", "atomic",
        "sensitive_post_parameters", "sensitive_variables", "xframe_options_exempt", "staff_member_required",
    }
)  # fmt: skip
_HARMLESS_BASES = frozenset(
    {
        "object", "ABC", "Protocol", "Generic", "NamedTuple", "TypedDict", "Enum", "IntEnum", "StrEnum", "Exception",
        "BaseModel", "MethodView", "Resource", "str", "int", "dict", "list", "tuple",
    }
)  # fmt: skip
_HARMLESS_ENDINGS = ("View", "ViewSet", "Form", "FormSet", "Error", "Exception", "Mixin", "Serializer", "QuerySet")
_PLAIN_BASES = frozenset({"object", "ABC", "Protocol", "Generic", "Exception"})
"""Bases that call no method of a class by a name of its own."""


def decorator_name(node: ast.expr) -> str:
    """The last name of a decorator; empty if it has none."""
    return last_name(node.func if isinstance(node, ast.Call) else node)


def keeps_nothing(decorator: ast.expr, own: ast.AST | None) -> bool:
    """Whether a decorator only puts a function around one; `own` is its definition where it is the program's own."""
    if own is None:
        return decorator_name(decorator) in _HARMLESS_DECORATORS
    if not isinstance(own, ast.FunctionDef):
        return False
    if not isinstance(decorator, ast.Call):
        return _only_wraps(own)
    returned = _returned(own)
    return _only_wraps(own) and all(isinstance(node, ast.FunctionDef) and _only_wraps(node) for node in returned)


def registers_nothing(base: str) -> bool:
    """Whether a library's class of that name may be inherited from without being noticed."""
    last = base.rpartition(".")[2].partition("[")[0]
    return last in _HARMLESS_BASES or last.endswith(_HARMLESS_ENDINGS)


def calls_nothing(base: str) -> bool:
    """Whether a library's class of that name calls no methods by names that it has made up."""
    last = base.rpartition(".")[2].partition("[")[0]
    return last in _PLAIN_BASES or last.endswith(("Error", "Exception"))


def is_found_by_shape(module: str, methods: Collection[str]) -> bool:
    """Whether settings, which may lie elsewhere, name such things: middleware, context processors."""
    return module.rpartition(".")[2] in _PLACES or any(name.startswith("process_") for name in methods)


_PLACES = frozenset({"middleware", "middlewares", "context_processors", "settings", "conftest"})


def _only_wraps(function: ast.FunctionDef) -> bool:
    """Whether it defines functions and returns one of them, without storing anything elsewhere."""
    return bool(_returned(function)) and all(map(_is_definition, function.body))


def _is_definition(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Return(value=ast.Name()) | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name()], value=value):
            return not any(isinstance(part, ast.Call) for part in ast.walk(value))
        case _:
            return False


def _returned(function: ast.FunctionDef) -> list[ast.stmt]:
    """The nested functions that it returns."""
    names = {
        node.value.id for node in function.body if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }
    return [
        node
        for node in function.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names
    ]


@dataclass(frozen=True, slots=True)
class Entry:
    """An element of a list, as ``path("a", views.a, name="a")``, that registers a view; `view` is the part for it."""

    call: ast.Call
    view: ast.expr


def entries_at(tree: ast.Module, line: int) -> Iterator[Entry]:
    """The entries of lists of URLs that begin on a line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple):
            for item in node.elts:
                if isinstance(item, ast.Call) and item.lineno == line and decorator_name(item) in _PATHS:
                    view = item.args[1] if len(item.args) > 1 else None
                    if view is not None and not _is_include(view):
                        yield Entry(item, view)


_PATHS = frozenset({"path", "re_path", "url"})


def _is_include(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and decorator_name(node) == "include"
