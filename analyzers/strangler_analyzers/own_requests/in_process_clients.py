"""Clients that hand requests to the application object itself: they pass no gateway."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from strangler_analyzers.own_requests.known_texts import last_name

_MAKERS = frozenset(
    {
        "ASGITransport", "WSGITransport", "TestClient", "AsyncTestClient", "test_client", "RequestFactory",
        "AsyncRequestFactory", "APIClient", "APIRequestFactory",
    }
)  # fmt: skip
"""Of httpx, Starlette and FastAPI, Litestar, Flask and Quart, Django and its REST framework."""
_CLIENTS = frozenset({"Client", "AsyncClient"})
"""Of Django and Werkzeug where they come from there, of httpx where they are given the application."""
_TESTING = frozenset({"django.test", "django.test.client", "werkzeug.test"})
_ENTERING = frozenset({"enter_context", "enter_async_context"})
_MARK = re.compile(
    rb"\b(?:ASGITransport|WSGITransport|Async\w*Client|TestClient|test_client|\w*RequestFactory|APIClient"
    rb"|django\.test|werkzeug\.test)\b"
)


def may_make_clients(source: bytes) -> bool:
    """Whether a source may hold such a client: quicker than to parse it."""
    return _MARK.search(source) is not None


class InProcessClients:
    """The clients of one module, by the names that they are given there, whatever the scope."""

    def __init__(self, tree: ast.Module) -> None:
        self._imported = frozenset(_imported(tree))
        self._names: set[str] = set()
        self.makes = any(isinstance(node, ast.Call) and self._makes(node) for node in ast.walk(tree))
        """Whether one is made here."""
        if self.makes:
            nodes = list(ast.walk(tree))
            while self._learnt(nodes):
                pass

    def is_client(self, node: ast.expr) -> bool:
        """Whether an expression is such a client."""
        match node:
            case ast.Await(value=value):
                return self.is_client(value)
            case ast.Call(args=args, keywords=keywords):
                name = last_name(node.func)
                given = (*args, *(item.value for item in keywords))
                wraps = name[:1].isupper() or name in _ENTERING
                return self._makes(node) or name in self._names or (wraps and any(map(self.is_client, given)))
            case ast.IfExp(body=body, orelse=other):
                return self.is_client(body) or self.is_client(other)
            case ast.BoolOp(values=values):
                return any(map(self.is_client, values))
            case _:
                return last_name(node) in self._names

    def _makes(self, call: ast.Call) -> bool:
        name = last_name(call.func)
        if name in _MAKERS:
            return True
        given_app = any(item.arg == "app" for item in call.keywords)
        return name in _CLIENTS and (given_app or ast.unparse(call.func).partition(".")[0] in self._imported)

    def _learnt(self, nodes: Iterable[ast.AST]) -> bool:
        """Take in what names are bound to clients; say whether one is new."""
        before = len(self._names)
        for node in nodes:
            match node:
                case ast.Assign(targets=targets, value=value) if self.is_client(value):
                    self._names.update(map(last_name, targets))
                case ast.AnnAssign(target=target, value=ast.expr() as value) if self.is_client(value):
                    self._names.add(last_name(target))
                case ast.withitem(context_expr=value, optional_vars=ast.expr() as target) if self.is_client(value):
                    self._names.add(last_name(target))
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if self._gives(node):
                    self._names.add(name)
                case ast.ClassDef(name=name, bases=bases) if any(last_name(base) in _MAKERS for base in bases):
                    self._names.add(name)
                case _:
                    pass
        self._names.discard("")
        return len(self._names) > before

    def _gives(self, function: ast.AST) -> bool:
        given = (
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None
        )
        return any(map(self.is_client, given))


def _imported(tree: ast.Module) -> Iterable[str]:
    """The names under which a module knows the clients, or the packages, of Django's and Werkzeug's tests."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in _TESTING:
            yield from (alias.asname or alias.name for alias in node.names if alias.name in _CLIENTS)
        elif isinstance(node, ast.ImportFrom) and node.module == "django":
            yield from (alias.asname or alias.name for alias in node.names if alias.name == "test")
        elif isinstance(node, ast.Import):
            yield from (alias.asname or "django" for alias in node.names if alias.name in _TESTING)
