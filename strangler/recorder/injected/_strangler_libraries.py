"""Patches libraries of the user's program to report requests and SQL statements to the recorder.

Like the recorder itself: standard library only, and nothing here may change what the program does.
"""

from __future__ import annotations

import functools
import sys
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from _strangler_recorder import Recorder

_COROUTINE = 0x80
"""The code flag of coroutine functions (inspect.CO_COROUTINE)."""

NO_REQUEST = -1

current_request: ContextVar[int] = ContextVar("_strangler_request", default=NO_REQUEST)


def patches(recorder: Recorder) -> dict[str, Callable[[ModuleType], None]]:
    """Return the patch for each module that needs one, to be applied once it is imported."""

    def statements_of(*methods: str, driver: bool = True) -> Callable[[ModuleType], None]:
        return lambda module: (
            [
                _hear(recorder, getattr(module, cls), method, driver=driver)
                for cls, method in (name.split(".") for name in methods)
            ]
            and None
        )

    return {
        "django.core.handlers.base": lambda module: _hear_django(recorder, module),
        "flask.app": lambda module: _hear_wsgi(recorder, module),
        "starlette.applications": lambda module: _hear_asgi(recorder, module),
        "django.db.backends.utils": statements_of("CursorWrapper.execute", "CursorWrapper.executemany", driver=False),
        "sqlalchemy": lambda _: _hear_sqlalchemy(recorder),
        "sqlite3": lambda module: _hear_sqlite(recorder, module),
        "psycopg": statements_of("Cursor.execute", "Cursor.executemany", "AsyncCursor.execute"),
        "pymysql.cursors": statements_of("Cursor.execute"),
        "MySQLdb.cursors": statements_of("BaseCursor.execute"),
        "asyncpg.connection": statements_of(
            *(f"Connection.{name}" for name in ("execute", "fetch", "fetchrow", "fetchval"))
        ),
    }


def _hear(recorder: Recorder, cls: type, name: str, *, driver: bool) -> None:
    original = getattr(cls, name)
    keyword = original.__code__.co_varnames[1]

    @functools.wraps(original)
    def heard(self: object, *arguments: Any, **keywords: Any) -> Any:
        recorder.statement(arguments[0] if arguments else keywords.get(keyword), driver=driver)
        return original(self, *arguments, **keywords)

    @functools.wraps(original)
    async def heard_later(self: object, *arguments: Any, **keywords: Any) -> Any:
        recorder.statement(arguments[0] if arguments else keywords.get(keyword), driver=driver)
        return await original(self, *arguments, **keywords)

    setattr(cls, name, heard_later if original.__code__.co_flags & _COROUTINE else heard)


def _hear_sqlalchemy(recorder: Recorder) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def heard(_: object, __: object, statement: object, *___: object) -> None:
        recorder.statement(statement)

    event.listen(Engine, "before_cursor_execute", heard)


def _hear_sqlite(recorder: Recorder, module: ModuleType) -> None:
    original = module.connect

    def heard(statement: str) -> None:
        recorder.statement(statement, driver=True)

    @functools.wraps(original)
    def connect(*arguments: Any, **keywords: Any) -> Any:
        connection = original(*arguments, **keywords)
        connection.set_trace_callback(heard)
        return connection

    for place in (module, sys.modules.get("sqlite3.dbapi2")):
        if place is not None:
            place.connect = connect


def _hear_django(recorder: Recorder, module: ModuleType) -> None:
    handler = module.BaseHandler
    original, original_async = handler.get_response, handler.get_response_async

    @functools.wraps(original)
    def get_response(self: object, request: Any) -> Any:
        token = current_request.set(recorder.request(request.method, request.path_info))
        try:
            return original(self, request)
        finally:
            current_request.reset(token)

    @functools.wraps(original_async)
    async def get_response_async(self: object, request: Any) -> Any:
        token = current_request.set(recorder.request(request.method, request.path_info))
        try:
            return await original_async(self, request)
        finally:
            current_request.reset(token)

    handler.get_response, handler.get_response_async = get_response, get_response_async


def _hear_wsgi(recorder: Recorder, module: ModuleType) -> None:
    original = module.Flask.wsgi_app

    @functools.wraps(original)
    def wsgi_app(self: object, environ: dict[str, Any], start_response: object) -> Any:
        token = current_request.set(recorder.request(environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/"))
        try:
            return original(self, environ, start_response)
        finally:
            current_request.reset(token)

    module.Flask.wsgi_app = wsgi_app


def _hear_asgi(recorder: Recorder, module: ModuleType) -> None:
    original = module.Starlette.__call__

    @functools.wraps(original)
    async def call(self: object, scope: Any, receive: object, send: object) -> None:
        if scope["type"] not in {"http", "websocket"} or "app" in scope:  # mounted in another one
            await original(self, scope, receive, send)
            return
        token = current_request.set(recorder.request(scope.get("method", "WEBSOCKET"), scope["path"]))
        try:
            await original(self, scope, receive, send)
        finally:
            current_request.reset(token)

    module.Starlette.__call__ = call
