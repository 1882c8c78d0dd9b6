"""Requests that a monolith sends to its own routes, past any gateway: they stay on v1 after a cut-over."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import ModuleRole, Route
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.own_requests.asked_paths import AskedRoutes, segments_of
from strangler_analyzers.own_requests.in_process_clients import InProcessClients, may_make_clients
from strangler_analyzers.own_requests.known_texts import UNKNOWN, KnownTexts, last_name

ReadFile = Callable[[str], bytes]
"""Gives the bytes of a file, relative to the analysed folder; raises OSError."""

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
_SENDERS = frozenset({"request", "stream", "open", "generic", "send"})
_METHODS = frozenset(verb.upper() for verb in _VERBS)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, order=True)
class OwnRequest:
    """`asker` asks for `route` by a path; `by_own_client` where its client is seen to be one of the application itself.

    Otherwise it asks by a client that is not seen, in a program that makes such ones. `is_sure` where the whole path is
    known, too, and not only without what the client's base URL adds.
    """

    location: Location
    asker: str
    route: Route
    is_sure: bool
    by_own_client: bool

    @property
    def told(self) -> str:
        """What is to be known of it."""
        name = f"{self.route.method} {self.route.path}"
        return f"{name}: {self.told_of_route}"

    @property
    def told_of_route(self) -> str:
        """The same without the route's name."""
        asks = "asks" if self.is_sure else "may ask"
        client = "" if self.by_own_client else ", by a client that is not seen,"
        return (
            f"v1 {asks} for it itself{client} at {self.location} ({self.asker}): that stays on v1's data after the"
            " cut-over unless it goes through the gateway"
        )


def find_own_requests(
    graph: SystemGraph, trees: Mapping[str, ast.Module], routes: Iterable[Route], left_alone: Collection[str] = ()
) -> tuple[OwnRequest, ...]:
    """The requests for some routes in the source of application code, in order.

    Where no module makes a client of its own application there are none. `left_alone` are files, or places in them as
    ``file:line``, whose requests are known to be none.
    """
    modules = [item for item in graph.facts.modules if item.role is ModuleRole.APPLICATION and item.file in trees]
    clients = {item.name: InProcessClients(trees[item.file]) for item in modules}
    if not any(item.makes for item in clients.values()):
        return ()
    asked, wanted = AskedRoutes(graph.facts.routes), frozenset(routes)
    registered = {(route.location.file, route.location.line) for route in graph.facts.routes}
    found: set[OwnRequest] = set()
    for module in modules:
        looking = _Looking(module.name, module.file, clients[module.name], asked)
        found.update(looking.scope("", trees[module.file].body, KnownTexts({})))
    return tuple(
        item
        for item in sorted(found, key=lambda item: (item.location, item.route, item.is_sure))
        if item.route in wanted
        and (item.location.file, item.location.line) not in registered
        and not {item.location.file, f"{item.location.file}:{item.location.line}"} & set(left_alone)
    )


def read_own_requests(graph: SystemGraph, read: ReadFile, routes: Iterable[Route]) -> tuple[OwnRequest, ...]:
    """The same, of files that are read: only what makes clients, or says a part of a path, is parsed."""
    wanted = tuple(routes)
    words = {segment for route in wanted for segment in route.path.split("/") if segment and "{" not in segment}
    sources: dict[str, bytes] = {}
    for module in graph.facts.modules if wanted else ():
        if module.role is ModuleRole.APPLICATION:
            try:
                sources[module.file] = read(module.file)
            except OSError:
                continue
    makers = {file for file, source in sources.items() if may_make_clients(source)}
    if not makers:
        return ()
    said = tuple(word.encode() for word in words)
    trees: dict[str, ast.Module] = {}
    for file, source in sources.items():
        if file in makers or any(word in source for word in said):
            try:
                trees[file] = ast.parse(source)
            except (SyntaxError, ValueError, RecursionError):
                continue
    return find_own_requests(graph, trees, wanted)


@dataclass(frozen=True, slots=True)
class _Looking:
    module: str
    file: str
    clients: InProcessClients
    asked: AskedRoutes

    def scope(self, name: str, body: list[ast.stmt], outer: KnownTexts) -> Iterator[OwnRequest]:
        """The requests of a piece of source, and of what is defined in it."""
        values = outer.child()
        values.learn(body)
        nodes, definitions = _parted(body)
        for item in definitions:
            if isinstance(item, _Function):
                # What a method gives to ``self`` the others use.
                values.learn(node for node in item.body if _is_of_self(node))
        registrations = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        for node in nodes:
            if isinstance(node, ast.Call) and id(node) not in registrations:
                yield from self._requests(name or "<module>", node, values)
        for item in definitions:
            yield from self.scope(f"{name}.{item.name}" if name else item.name, item.body, values)

    def _requests(self, name: str, call: ast.Call, values: KnownTexts) -> Iterator[OwnRequest]:
        is_client = self._is_by_client(call)
        method = _method_of(call, values)
        if method is None and is_client:
            method = ""
        if method is None:
            return
        given = (*call.args, *(item.value for item in call.keywords if item.arg in {"path", "url"}))
        for text in dict.fromkeys(text for node in given for text in values.of(node)):
            segments = segments_of(text)
            if segments is None or (not is_client and not text.startswith("/")):
                continue
            opened = segments[0] == UNKNOWN and not text.startswith("/")
            for route, is_whole in self.asked.find(method, segments, open_beginning=opened):
                place = Location(self.file, call.lineno)
                yield OwnRequest(place, f"{self.module}:{name}", route, is_client and is_whole, is_client)

    def _is_by_client(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute) and self.clients.is_client(call.func.value):
            return True
        return any(map(self.clients.is_client, call.args))


def _method_of(call: ast.Call, values: KnownTexts) -> str | None:
    """The method a call asks with; empty for one that is not told, None for a call that is no request."""
    if not isinstance(call.func, ast.Attribute):
        return None
    words = last_name(call.func).lower().strip("_").split("_")
    if words[0] in _VERBS:
        return words[0].upper()
    if not _SENDERS & set(words):
        return None
    given = (*call.args, *(item.value for item in call.keywords if item.arg == "method"))
    return next((text for node in given for text in values.of(node) if text in _METHODS), "")


def _is_of_self(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(isinstance(target, ast.Attribute) for target in node.targets)


def _parted(body: Iterable[ast.AST]) -> tuple[list[ast.AST], list[_Function | ast.ClassDef]]:
    """The nodes of a scope, and the definitions inside it; decorators, which register, are none of them."""
    nodes: list[ast.AST] = []
    definitions: list[_Function | ast.ClassDef] = []
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, _Function | ast.ClassDef):
            definitions.append(node)
        else:
            nodes.append(node)
            pending.extend(ast.iter_child_nodes(node))
    return nodes, definitions
