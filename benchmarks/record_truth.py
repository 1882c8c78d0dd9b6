"""What a running application says of itself: its routes and its tables, as ``routes.json`` and ``tables.json``.

    PYTHON record_truth.py django PACKAGE FOLDER
    PYTHON record_truth.py flask PACKAGE FOLDER "from package.app import create; app = create()"

The last argument, of Flask and ``starlette`` (FastAPI as well), leaves the application in `app`.
It runs in the application's own environment, so it needs nothing but the standard library and the application's
frameworks. Of Django it asks the resolver and the registry of models, of Flask the `url_map`, of FastAPI and Starlette
the list of routes with what is mounted, and of SQLAlchemy every mapper and every table beside them. What a package
other than PACKAGE (or several, with commas between them) answers or declares is left out.
"""

# Nothing here has a type of its own: what is asked are other packages' objects.
# ruff: noqa: ANN401, SLF001
from __future__ import annotations

import gc
import json
import re
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

_UNNAMED = re.compile(r"(?<!\\)\((?!\?)[^()]*\)")
"""A group of a regular expression that has no name, with no other inside."""
_METHODS = ("get", "post", "put", "patch", "delete")


def main(arguments: list[str]) -> int:
    """Record one application; 0."""
    kind, package, folder = arguments[:3]
    if kind == "django":
        import_module("django").setup()
        routes, tables = list(_django_routes()), list(_django_tables())
    else:
        names: dict[str, Any] = {}
        exec(arguments[3], names)
        routes = list(_flask_routes(names["app"]) if kind == "flask" else _starlette_routes(names["app"].routes, ""))
        tables = list(_sqlalchemy_tables(package)) if "sqlalchemy" in sys.modules else []
    _write(folder, "routes", [route for route in routes if _is_own(route["handler"], package)])
    own = [table for table in tables if _is_own(table["owner"], package)]
    if own:  # Without any, the application speaks SQL by itself, and its framework knows of no table.
        _write(folder, "tables", own)
    return 0


def _is_own(name: str, packages: str) -> bool:
    return re.split(r"[.:]", name)[0] in packages.split(",")


def _write(folder: str, name: str, found: list[dict[str, Any]]) -> None:
    path = Path(folder) / f"{name}.json"
    path.write_text(json.dumps({name: found}, indent=1, sort_keys=True, default=str), encoding="utf-8")


def _named(handler: Any) -> str:
    while isinstance(handler, partial) or hasattr(handler, "__wrapped__"):
        handler = handler.func if isinstance(handler, partial) else handler.__wrapped__
    owner = getattr(handler, "__self__", None)
    if owner is not None and not isinstance(owner, type) and not handler.__module__.startswith("django.contrib."):
        return f"{type(owner).__module__}:{type(owner).__qualname__}.{handler.__name__}"
    if not hasattr(handler, "__qualname__"):
        return _named(type(handler))
    if handler.__qualname__ == "WrappedAPIView":  # Django REST framework's `api_view` names it after the function.
        return f"{handler.__module__}:{handler.__name__}"
    return f"{handler.__module__}:{handler.__qualname__}"


def _route(path: str, methods: list[str] | None, handler: str, of_methods: dict[str, str]) -> dict[str, Any]:
    return {"path": path, "methods": methods, "handler": handler, "handler_methods": of_methods}


def _of_class(path: str, methods: list[str], view: Any, names: dict[str, str]) -> dict[str, Any]:
    own = {method: _named(getattr(view, names.get(method, method.lower()))) for method in methods}
    return _route(path, methods, _named(view), own)


def _django_routes() -> Iterator[dict[str, Any]]:
    return _django_patterns(import_module("django.urls").get_resolver().url_patterns, "")


def _django_patterns(patterns: list[Any], before: str) -> Iterator[dict[str, Any]]:
    for pattern in patterns:
        for path in (before + part for part in _django_paths(pattern.pattern)):
            if hasattr(pattern, "url_patterns"):
                yield from _django_patterns(pattern.url_patterns, path)
            elif operations := _ninja_operations(pattern.callback):
                for each in operations:
                    yield _route(path.replace("<", "{").replace(">", "}"), each.methods, _named(each.view_func), {})
            elif "<format>" not in path:
                yield _django_view(path.replace("<", "{").replace(">", "}"), pattern.callback)


def _ninja_operations(view: Any) -> list[Any]:
    """What Django Ninja calls for a path: the view it makes holds it in its closure."""
    cells = (getattr(view, "__closure__", None) or ()) if view.__module__ == "ninja.operation" else ()
    return [each for cell in cells for each in getattr(cell.cell_contents, "operations", ())]


def _django_paths(pattern: Any) -> tuple[str, ...]:
    """The path of a pattern, and that without a language where the default one has no prefix."""
    if isinstance(pattern, import_module("django.urls.resolvers").LocalePrefixPattern):
        return ("<language>/",) if pattern.prefix_default_language else ("", "<language>/")
    return (_django_path(pattern),)


def _django_path(pattern: Any) -> str:
    resolvers = import_module("django.urls.resolvers")
    if isinstance(pattern, resolvers.RegexPattern):
        plain = _UNNAMED.sub("<var>", str(pattern))  # Django before 3 garbles a pattern with two of them.
        text = import_module("django.contrib.admindocs.views").simplify_regex(plain).replace("\\.", ".")
        return text if str(pattern).lstrip("^").startswith("/") else text[1:]
    return re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"<\1>", str(pattern))


def _django_view(path: str, view: Any) -> dict[str, Any]:
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if kind is None:
        return _route(path, None, _named(view), {})
    if actions := getattr(view, "actions", None):
        methods = [method.upper() for method in actions if method in _METHODS and method in kind.http_method_names]
        return _of_class(path, methods, kind, {method.upper(): name for method, name in actions.items()})
    allowed = [method for method in _METHODS if method in kind.http_method_names and hasattr(kind, method)]
    return _of_class(path, [method.upper() for method in allowed], kind, {})


def _django_tables() -> Iterator[dict[str, Any]]:
    for model in import_module("django.apps").apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.proxy or meta.swapped:
            continue  # Their rows are in the table of another model.
        fields = meta.local_concrete_fields
        keys = [field for field in fields if field.remote_field and (field.many_to_one or field.one_to_one)]
        yield {
            "table": meta.db_table,
            "model": None if meta.auto_created else _named(model),
            "owner": model.__module__,
            "columns": sorted(field.column for field in fields),
            "foreign_keys": [
                {
                    "column": field.column,
                    "ref_table": field.related_model._meta.db_table,
                    "ref_column": field.target_field.column,
                }
                for field in keys
            ],
        }


def _flask_routes(app: Any) -> Iterator[dict[str, Any]]:
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>:]+:)?([^<>:]+)>", r"{\1}", rule.rule)
        methods = sorted(method for method in rule.methods or () if method.lower() in _METHODS)
        view = app.view_functions[rule.endpoint]
        kind = getattr(view, "view_class", None)
        if kind is not None:
            yield _of_class(path, [method for method in methods if hasattr(kind, method.lower())], kind, {})
        else:
            yield _route(path, methods, _named(view), {})


def _starlette_routes(routes: Any, before: str) -> Iterator[dict[str, Any]]:
    for route in routes:
        included = getattr(route, "original_router", None)
        path = before + re.sub(r"{([^{}:]+):[^{}]+}", r"{\1}", getattr(route, "path", "") or "")
        if included is not None:  # FastAPI keeps what it includes as it is, and the prefix beside it.
            yield from _starlette_routes(included.routes, before + getattr(route.include_context, "prefix", ""))
        elif hasattr(route, "endpoint"):
            methods = route.methods if hasattr(route, "methods") else None
            view = route.endpoint
            if isinstance(view, type) and methods is None and hasattr(view, "dispatch"):
                allowed = [method.upper() for method in _METHODS if hasattr(view, method)]
                yield _of_class(path, allowed, view, {}) if allowed else _route(path, None, _named(view), {})
            else:
                shown = sorted(m for m in methods if m.lower() in _METHODS) if methods else None
                yield _route(path, shown, _named(view), {})
        else:
            yield from _starlette_routes(_mounted(route), path)


def _mounted(route: Any) -> Any:
    """The routes below a mount; Cadwyn adds those of its versions only when the application starts to serve."""
    versioned = getattr(getattr(route, "app", None), "_latest_version_router", None)
    return [*(getattr(route, "routes", None) or ()), *(versioned.routes if versioned is not None else ())]


def _sqlalchemy_tables(package: str) -> Iterator[dict[str, Any]]:
    orm = import_module("sqlalchemy.orm")
    orm.configure_mappers()
    found = gc.get_objects()
    mappers = [each for each in found if isinstance(each, orm.Mapper) and _is_own(each.class_.__module__, package)]
    models: dict[Any, Any] = {}
    for mapper in mappers:
        first = models.get(mapper.local_table)
        if first is None or issubclass(first, mapper.class_):
            models[mapper.local_table] = mapper.class_
    holders = {id(table.metadata) for table in models if hasattr(table, "metadata")}
    for metadata in [each for each in found if isinstance(each, import_module("sqlalchemy").MetaData)]:
        for table in metadata.tables.values():
            if id(metadata) in holders or (table in models):
                yield _sqlalchemy_table(table, models.get(table), package)


def _sqlalchemy_table(table: Any, model: Any, package: str) -> dict[str, Any]:
    keys = [
        {"column": key.parent.name, "ref_table": key.column.table.name, "ref_column": key.column.name}
        for key in table.foreign_keys
    ]
    return {
        "table": table.name,
        "model": None if model is None else _named(model),
        "owner": package if model is None else model.__module__,
        "columns": sorted(column.name for column in table.columns),
        "foreign_keys": sorted(keys, key=str),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
