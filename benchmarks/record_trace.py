"""What a running application does while it answers requests: who calls whom, and which statements are sent.

    TRACE_PACKAGES=package TRACE_FOLDER=FOLDER PYTHONPATH=FOLDER_OF_THIS_FILE PYTHON -c "import record_trace" ...

Imported at the start of a process (of a `sitecustomize`, or by ``pytest -p record_trace``) it hears every request that
Django, Flask, Starlette or FastAPI answers afterwards, and writes ``raw_trace-PID.json`` at the end of the process,
with what `record_truth` asks: the application is then complete. It runs in the application's own environment, so it
needs nothing but the standard library. `benchmarks.traced` makes of it what `benchmarks.accuracy` scores.

Who calls whom is seen by a profile hook, inside requests only. Names are ``module:qualname``; comprehensions and
lambdas count for the function around them. `named` has calls between neighbours, functions inside functions folded
away; `through` the nearest function of the application above, whatever of libraries stands between. Code of tests, and
whatever called the application, is nobody's.
"""

# Nothing here has a type of its own: what is heard are other packages' objects. Asked at the end is what
# `record_truth` asks, which is the other half of this program.
# ruff: noqa: ANN401, SLF001
# pyright: reportPrivateUsage=false
from __future__ import annotations

import atexit
import functools
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import record_truth

_ANONYMOUS = re.compile(r"(\.<locals>)?\.?<(listcomp|dictcomp|setcomp|genexpr|lambda)>.*$")
_TEST = re.compile(r"(^|[._])(tests?|testing|conftest|factories)([._]|$)")
_OPTIMISED = 0x1
"""Flag of the code of functions; that of modules and class bodies lacks it (inspect.CO_OPTIMIZED)."""

current: ContextVar[dict[str, Any] | None] = ContextVar("trace_request", default=None)
in_view: ContextVar[bool] = ContextVar("trace_in_view", default=False)


class Trace:
    """What the requests of one process did."""

    def __init__(self, packages: str, folder: str) -> None:
        self.packages = frozenset(packages.split(","))
        self.folder = folder
        self.names: dict[int, str | None] = {}
        self.direct: set[tuple[str, str]] = set()
        self.named: set[tuple[str, str]] = set()
        self.through: set[tuple[str, str]] = set()
        self.ran: set[str] = set()
        self.statements: set[tuple[str, str]] = set()
        self.requests: list[dict[str, Any]] = []
        self.applications: list[Any] = []
        self.boundaries: set[CodeType] = set()
        self._kept: list[CodeType] = []

    # --- who calls whom

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        """The profile function."""
        if event != "call":
            return
        name = self.names.get(id(frame.f_code), "")
        if name is not None and current.get() is not None:
            name = name or self.name(frame)
            if name is not None and not _is_anonymous(frame.f_code):
                self._entered(frame, name)

    def name(self, frame: FrameType) -> str | None:
        """``module:qualname`` of a frame of the application."""
        code = frame.f_code
        if id(code) not in self.names:
            module = str(frame.f_globals.get("__name__"))
            own = module.partition(".")[0] in self.packages and not _TEST.search(module) and code.co_flags & _OPTIMISED
            self.names[id(code)] = f"{module}:{_ANONYMOUS.sub('', code.co_qualname)}" if own else None
            self._kept.append(code)  # Names go by the identity of code, which must not be given away again.
        return self.names[id(code)]

    def _entered(self, frame: FrameType, name: str) -> None:
        self.ran.add(name)
        adjacent = through = None
        near = True
        for above in self._above(frame):
            caller = self.name(above)
            if caller is None:
                near = False
                continue
            if near and adjacent is None:
                adjacent = caller
            if "<locals>" not in caller:
                through = caller
                break
        if adjacent is not None:
            self.direct.add((adjacent, name))
        if through is not None and "<locals>" not in name:
            self.through.add((through, name))
            if near:
                self.named.add((through, name))

    def _above(self, frame: FrameType) -> Iterator[FrameType]:
        """The frames above one within its request, also those a greenlet's frames were begun from."""
        above, greenlet = frame.f_back, None
        while True:
            while above is not None:
                if above.f_code in self.boundaries:
                    return
                yield above
                above = above.f_back
            module = sys.modules.get("greenlet")
            if module is None:
                return
            greenlet = (module.getcurrent() if greenlet is None else greenlet).parent
            above = None if greenlet is None else greenlet.gr_frame
            if above is None:
                return

    # --- statements and requests

    def statement(self, text: object) -> None:
        """A statement that is sent now."""
        request = current.get()
        if request is None:
            return
        text = str(text)
        request["view" if in_view.get() else "around"].add(text)
        for above in self._above(sys._getframe(1)):
            caller = self.name(above)
            if caller is not None and "<locals>" not in caller:
                self.statements.add((caller, text))
                return

    def bound(self, function: Any) -> None:
        """Whatever called this one called the application."""
        self.boundaries.add(function.__code__)

    def begin(self, method: str, path: str) -> dict[str, Any]:
        """A request that comes in."""
        sys.setprofile(self.profile)
        request: dict[str, Any] = {"method": method, "path": path, "status": 0, "handler": ""}
        request |= {"view": set[str](), "around": set[str]()}
        self.requests.append(request)
        return request

    # --- the end

    def write(self) -> None:
        """Write all of it; nothing of this may count."""
        sys.setprofile(None)
        threading.setprofile(None)
        if not self.requests:
            return
        merged: dict[tuple[Any, ...], dict[str, Any]] = {}
        for request in self.requests:
            key = tuple(request[name] for name in ("method", "path", "handler", "status"))
            known = merged.setdefault(key, {**request, "view": set(), "around": set()})
            known["view"] |= request["view"]
            known["around"] |= request["around"]
        found = {
            "direct": sorted(self.direct), "named": sorted(self.named), "through": sorted(self.through),
            "ran": sorted(self.ran), "statements": sorted(self.statements), "requests": list(merged.values()),
        }  # fmt: skip
        Path(self.folder).mkdir(parents=True, exist_ok=True)
        path = Path(self.folder) / f"raw_trace-{os.getpid()}.json"
        path.write_text(json.dumps(found, default=sorted), encoding="utf-8")
        self._write_truth()

    def _write_truth(self) -> None:
        packages = ",".join(sorted(self.packages))
        routes: list[Any] = []
        tables: list[Any] = []
        if "django" in sys.modules and import_module("django.apps").apps.ready:
            routes, tables = list(record_truth._django_routes()), list(record_truth._django_tables())
        for app in self.applications:
            of = record_truth._flask_routes(app) if hasattr(app, "url_map") else None
            routes += list(of if of is not None else record_truth._starlette_routes(app.routes, ""))
        if "sqlalchemy" in sys.modules and not tables:
            for package in sorted(self.packages):
                tables += list(record_truth._sqlalchemy_tables(package))
        own = {json.dumps(each, sort_keys=True, default=str): each for each in routes}
        record_truth._write(
            self.folder, "routes", [each for each in own.values() if record_truth._is_own(each["handler"], packages)]
        )
        known = {each["table"]: each for each in tables if record_truth._is_own(each["owner"], packages)}
        record_truth._write(self.folder, "tables", list(known.values()))


def _is_anonymous(code: CodeType) -> bool:
    return code.co_name in {"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<lambda>"}


# --- what the libraries are made to tell


def _patches(trace: Trace) -> dict[str, Callable[[ModuleType], None]]:
    return {
        "django.core.handlers.base": lambda module: _hear_django(trace, module),
        "django.db.backends.utils": lambda module: _hear_cursor(trace, module),
        "flask.app": lambda module: _hear_flask(trace, module),
        "starlette.applications": lambda module: _hear_starlette(trace, module),
        "starlette.routing": lambda module: _hear_routes(module.Route),
        "fastapi.routing": lambda module: _hear_routes(module.APIRoute),
        "starlette.background": lambda module: _hear_background(module.BackgroundTask),
        "sqlalchemy": lambda _: _hear_sqlalchemy(trace),
    }


def _hear_django(trace: Trace, module: ModuleType) -> None:
    handler = module.BaseHandler
    answered, made = handler.get_response, handler.make_view_atomic

    @functools.wraps(answered)
    def get_response(self: object, request: Any) -> Any:
        noted = trace.begin(request.method, request.path_info)
        token = current.set(noted)
        try:
            response = answered(self, request)
            noted["status"] = response.status_code
            return response
        finally:
            current.reset(token)
            _pause()

    @functools.wraps(made)
    def make_view_atomic(self: object, view: Any) -> Any:
        whole = made(self, view)
        noted = current.get()
        if noted is not None:
            kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
            noted["handler"] = record_truth._named(view if kind is None else kind)
        return _as_view(whole)

    trace.bound(get_response)
    handler.get_response, handler.make_view_atomic = get_response, make_view_atomic


def _pause() -> None:
    """Outside requests nothing is seen, and nothing has to be slow."""
    if current.get() is None:
        sys.setprofile(None)


def _as_view(function: Any) -> Any:
    @functools.wraps(function)
    def viewed(*arguments: Any, **keywords: Any) -> Any:
        token = in_view.set(True)
        try:
            return function(*arguments, **keywords)
        finally:
            in_view.reset(token)

    return viewed


def _hear_cursor(trace: Trace, module: ModuleType) -> None:
    for name in ("execute", "executemany"):
        setattr(module.CursorWrapper, name, _heard(trace, getattr(module.CursorWrapper, name)))


def _heard(trace: Trace, original: Any) -> Any:
    @functools.wraps(original)
    def heard(self: object, sql: object, *arguments: Any, **keywords: Any) -> Any:
        trace.statement(sql)
        return original(self, sql, *arguments, **keywords)

    return heard


def _hear_sqlalchemy(trace: Trace) -> None:
    event, engine = import_module("sqlalchemy.event"), import_module("sqlalchemy.engine")

    def heard(_: object, __: object, statement: object, *___: object) -> None:
        trace.statement(statement)

    event.listen(engine.Engine, "before_cursor_execute", heard)


def _hear_flask(trace: Trace, module: ModuleType) -> None:
    original, dispatched = module.Flask.wsgi_app, module.Flask.dispatch_request

    @functools.wraps(original)
    def wsgi_app(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        _keep(trace, self, lambda app: len(list(app.url_map.iter_rules())))
        noted = trace.begin(environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/")

        def start(status: str, *arguments: Any, **keywords: Any) -> Any:
            noted["status"] = int(status[:3])
            return start_response(status, *arguments, **keywords)

        token = current.set(noted)
        try:
            return original(self, environ, start)
        finally:
            current.reset(token)
            _pause()

    @functools.wraps(dispatched)
    def dispatch_request(self: Any, *arguments: Any, **keywords: Any) -> Any:
        rule, noted = import_module("flask").request.url_rule, current.get()
        if rule is not None and noted is not None:
            view = self.view_functions[rule.endpoint]
            noted["handler"] = record_truth._named(getattr(view, "view_class", view))
        return viewed(self, *arguments, **keywords)

    viewed = _as_view(dispatched)
    trace.bound(wsgi_app)
    module.Flask.wsgi_app, module.Flask.dispatch_request = wsgi_app, dispatch_request


def _keep(trace: Trace, app: Any, size: Callable[[Any], int]) -> None:
    """The application with the most routes is the one that is tested."""
    if not any(app is known for known in trace.applications):
        trace.applications = [max([*trace.applications, app], key=size)]


def _hear_starlette(trace: Trace, module: ModuleType) -> None:
    original = module.Starlette.__call__

    @functools.wraps(original)
    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or "app" in scope:  # The latter is an application in another.
            await original(self, scope, receive, send)
            return
        _keep(trace, self, lambda app: len(list(record_truth._starlette_routes(app.routes, ""))))
        noted = trace.begin(scope["method"], scope["path"])

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                noted["status"] = message["status"]
            await send(message)

        token = current.set(noted)
        try:
            await original(self, scope, receive, sent)
        finally:
            current.reset(token)
            endpoint = scope.get("endpoint")
            if endpoint is not None:
                noted["handler"] = record_truth._named(endpoint)

    trace.bound(call)
    module.Starlette.__call__ = call


def _hear_routes(kind: Any) -> None:
    if "handle" in vars(kind):
        kind.handle = _as_async(kind.handle, inside=True)


def _hear_background(kind: Any) -> None:
    kind.__call__ = _as_async(kind.__call__, inside=False)


def _as_async(original: Any, *, inside: bool) -> Any:
    @functools.wraps(original)
    async def handled(*arguments: Any, **keywords: Any) -> Any:
        token = in_view.set(inside)
        try:
            return await original(*arguments, **keywords)
        finally:
            in_view.reset(token)

    return handled


# --- the beginning


class _Finder:
    """Patches a module once it is complete."""

    def __init__(self, patches: dict[str, Callable[[ModuleType], None]]) -> None:
        self.patches = patches

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Let the others find it, and hear its end."""
        patch = self.patches.pop(name, None)
        if patch is None:
            return None
        spec = import_module("importlib.util").find_spec(name)
        if spec is None or spec.loader is None:
            return None
        executed = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            executed(module)
            patch(module)

        spec.loader.exec_module = exec_module
        return spec


def _terminated(trace: Trace, *_: object) -> None:
    trace.write()
    os._exit(143)


def start() -> None:
    """Begin; what the environment does not ask for is left alone."""
    packages, folder = os.environ.get("TRACE_PACKAGES"), os.environ.get("TRACE_FOLDER")
    if not packages or not folder:
        return
    trace = Trace(packages, folder)
    sys.meta_path.insert(0, _Finder(_patches(trace)))
    threading.setprofile(trace.profile)
    atexit.register(trace.write)
    signal.signal(signal.SIGTERM, functools.partial(_terminated, trace))


start()
