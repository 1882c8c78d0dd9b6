"""Finds the rule for a request without looking at every rule; `precedence` says which one wins.

Each host has a tree of path segments; paths without placeholders are in a dictionary too. The time to find a rule
depends on the path, not on the number of rules. Headers, cookies and query are read only for rules with conditions on
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

from strangler.model.template import spellings, template_pattern
from strangler.project import Condition, ConditionSource
from strangler_gateway.routing.precedence import Precedence, Ruled, SegmentKind, SegmentRank, precedence


class Asked(Protocol):
    """Access to the parts of a request that only some rules ask for."""

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header field, its name in lower case."""
        ...

    def cookie(self, name: bytes) -> bytes | None:
        """Return the value of a cookie."""
        ...

    def parameter(self, name: bytes) -> bytes | None:
        """Return the first value of a query parameter, decoded."""
        ...


R = TypeVar("R", bound=Ruled)

_Met = Callable[[Asked], bool]


class _Leaf(Generic[R]):
    """The rules for one template with their conditions, in the order in which they are tried.

    Nearly every leaf has a single rule without conditions; it is in `only`, and its methods in `methods`.
    """

    __slots__ = ("by_method", "by_others", "methods", "only", "ranked")

    def __init__(self) -> None:
        self.ranked: list[tuple[Precedence, R]] = []
        self.only: R | None = None
        self.methods: frozenset[str] | None = None
        self.by_method: dict[str, tuple[tuple[R, _Met | None], ...]] = {}
        self.by_others: tuple[tuple[R, _Met | None], ...] = ()

    def compile(self) -> None:
        if len(self.ranked) == 1 and not self.ranked[0][1].conditions:
            self.only = self.ranked[0][1]
            self.methods = _methods(tuple(self.only.methods))
            return
        self.ranked.sort(key=lambda ranked: ranked[0])
        rules = [(rule, _met(rule.conditions)) for _, rule in self.ranked]
        methods = set[str]().union(*(_methods(tuple(rule.methods)) or () for rule, _ in rules))
        self.by_method = {method: tuple(pair for pair in rules if takes(pair[0], method)) for method in methods}
        self.by_others = tuple(pair for pair in rules if not pair[0].methods)

    def choose(self, method: str, asked: Asked | None) -> R | None:
        only = self.only
        if only is not None:
            methods = self.methods
            return only if methods is None or method in methods else None
        for rule, met in self.by_method.get(method, self.by_others):
            if met is None or (asked is not None and met(asked)):
                return rule
        return None


class _Node(Generic[R]):
    """A node of the tree: the segments that may come next in the templates of rules.

    `literal_only` says that nothing but literals comes next, so a path that continues with one needs no backtracking.
    Where only one template is left, `last` holds its segments from here on, None for a placeholder, and `last_leaf` its
    rules.
    """

    __slots__ = (
        "any",
        "last",
        "last_leaf",
        "leaf",
        "literal",
        "literal_only",
        "partial",
        "partials",
        "rest_leaves",
        "rests",
    )

    def __init__(self) -> None:
        self.literal: dict[str, _Node[R]] = {}
        self.partial: dict[SegmentRank, _Node[R]] = {}
        self.any: _Node[R] | None = None
        self.rests: dict[SegmentRank, _Leaf[R]] = {}
        self.leaf: _Leaf[R] = _Leaf()
        self.partials: tuple[tuple[re.Pattern[str], _Node[R]], ...] = ()
        self.rest_leaves: tuple[tuple[re.Pattern[str], _Leaf[R]], ...] = ()
        self.literal_only = True
        self.last: tuple[str | None, ...] | None = None
        self.last_leaf: _Leaf[R] = self.leaf

    def add(self, ranks: Sequence[SegmentRank], ranked: tuple[Precedence, R]) -> None:
        node = self
        for rank in ranks:
            match rank.kind:
                case SegmentKind.LITERAL:
                    node = node.literal.setdefault(rank.text, _Node())
                case SegmentKind.PARTIAL:
                    node = node.partial.setdefault(rank, _Node())
                case SegmentKind.ANY:
                    node.any = node.any or _Node()
                    node = node.any
                case SegmentKind.REST:
                    node.rests.setdefault(rank, _Leaf()).ranked.append(ranked)
                    return
        node.leaf.ranked.append(ranked)

    def compile(self) -> None:
        self.leaf.compile()
        self.literal_only = not (self.partial or self.any or self.rests)
        self.partials = tuple((template_pattern(rank.text), node) for rank, node in sorted(self.partial.items()))
        self.rest_leaves = tuple((template_pattern(rank.text), leaf) for rank, leaf in sorted(self.rests.items()))
        for _, leaf in self.rest_leaves:
            leaf.compile()
        for node in (*self.literal.values(), *self.partial.values(), *((self.any,) if self.any else ())):
            node.compile()
        self._look_for_last()

    def _look_for_last(self) -> None:
        if self.partial or self.rests or len(self.literal) + (self.any is not None) > 1:
            return
        if not self.literal and self.any is None:
            self.last = ()
        elif not self.leaf.ranked:
            segment, node = next(iter(self.literal.items())) if self.literal else (None, self.any)
            if node is not None and node.last is not None:
                self.last = (segment, *node.last)
                self.last_leaf = node.last_leaf


class _Tree(Generic[R]):
    """The rules of one host."""

    def __init__(self, rules: Iterable[tuple[Precedence, R]]) -> None:
        self._root: _Node[R] = _Node()
        self._literal: dict[str, _Leaf[R]] = {}
        for place, rule in rules:
            self._root.add(place.path, (place, rule))
            if "{" not in rule.path:
                self._literal.setdefault(rule.path, _Leaf()).ranked.append((place, rule))
        self._root.compile()
        for leaf in self._literal.values():
            leaf.compile()

    def find(self, method: str, path: str, asked: Asked | None) -> R | None:
        leaf = self._literal.get(path)
        if leaf is not None and (found := leaf.choose(method, asked)) is not None:
            return found
        return _find(self._root, path.split("/"), 0, method, asked)


class RouteTable(Generic[R]):
    """Finds rules by host, path, method and conditions."""

    def __init__(self, rules: Iterable[R]) -> None:
        ranked = [(precedence(rule, position), rule) for position, rule in enumerate(rules)]
        hosts = {rule.host for _, rule in ranked if rule.host is not None}
        trees = {host: _Tree([pair for pair in ranked if pair[1].host == host]) for host in hosts}
        self._every_host: _Tree[R] = _Tree([pair for pair in ranked if pair[1].host is None])
        self._hosts = {host.encode(): tree for host, tree in trees.items()}
        self.ranked: tuple[tuple[Precedence, R], ...] = tuple(sorted(ranked, key=lambda pair: pair[0]))
        """Every rule with its precedence, the winning ones first."""

    def find(self, method: str, path: str, asked: Asked | None = None) -> R | None:
        """Return the rule for a request, None when there is none; a rule for GET matches HEAD too.

        Without `asked`, rules with a host or a condition do not match.
        """
        if self._hosts and asked is not None:
            for name in _names_of(asked.header(b"host") or b""):
                tree = self._hosts.get(name)
                if tree is not None and (found := tree.find(method, path, asked)) is not None:
                    return found
        return self._every_host.find(method, path, asked)

    def of_template(self, method: str, template: str) -> tuple[R | None, ...]:
        """Return the rules for a template's paths: one for each value of a choice in it, None where no rule matches."""
        return tuple(self.find(method, path) for path in spellings(template))


def takes(rule: Ruled, method: str) -> bool:
    """Whether a rule matches a method; one for GET matches HEAD too."""
    methods = rule.methods
    return not methods or method in methods or (method == "HEAD" and "GET" in methods)


def rule_name(rule: Ruled) -> str:
    """Return a rule's name: ``GET,POST /api/reviews``, or ``* shop.example/api/reviews [header X-Beta=yes]``."""
    conditions = f" [{', '.join(map(str, rule.conditions))}]" if rule.conditions else ""
    return f"{','.join(rule.methods) or '*'} {rule.host or ''}{rule.path}{conditions}"


@lru_cache
def _methods(methods: tuple[str, ...]) -> frozenset[str] | None:
    """Return the methods a rule matches, None for all; equal sets are one object, which stays in the cache."""
    if not methods:
        return None
    return frozenset(methods) | {"HEAD"} if "GET" in methods else frozenset(methods)


def _names_of(host: bytes) -> Iterable[bytes]:
    """Yield the keys under which a host's rules are: its name without port, then ``*.`` and ever shorter ends of it."""
    name = host.lower()
    if not name.endswith(b"]"):
        bare, colon, port = name.rpartition(b":")
        name = bare if colon and port.isdigit() else name
    yield name
    while (dot := name.find(b".")) >= 0:
        name = name[dot + 1 :]
        yield b"*." + name


def _find(node: _Node[R], segments: Sequence[str], position: int, method: str, asked: Asked | None) -> R | None:
    end = len(segments)
    while position < end:
        last = node.last
        if last is not None:
            return node.last_leaf.choose(method, asked) if _ends_so(segments, position, last) else None
        segment = segments[position]
        position += 1
        child = node.literal.get(segment)
        if child is not None:
            if node.literal_only:
                node = child
                continue
            if (found := _find(child, segments, position, method, asked)) is not None:
                return found
        for pattern, child in node.partials:
            if pattern.fullmatch(segment) and (found := _find(child, segments, position, method, asked)) is not None:
                return found
        child = node.any
        if child is not None and segment:
            if not node.rest_leaves:
                node = child
                continue
            if (found := _find(child, segments, position, method, asked)) is not None:
                return found
        if node.rest_leaves:
            return _find_rest(node, "/".join(segments[position - 1 :]), method, asked)
        return None
    return node.leaf.choose(method, asked)


def _ends_so(segments: Sequence[str], position: int, last: tuple[str | None, ...]) -> bool:
    if len(segments) - position != len(last):
        return False
    for wanted in last:
        segment = segments[position]
        position += 1
        if segment != wanted and (wanted is not None or not segment):
            return False
    return True


def _find_rest(node: _Node[R], rest: str, method: str, asked: Asked | None) -> R | None:
    for pattern, leaf in node.rest_leaves:
        if pattern.fullmatch(rest) and (found := leaf.choose(method, asked)) is not None:
            return found
    return None


def _met(conditions: Sequence[Condition]) -> _Met | None:
    if not conditions:
        return None
    wanted = [(_reader(condition), condition.value and condition.value.encode()) for condition in conditions]

    def met(asked: Asked) -> bool:
        for read, value in wanted:
            found = read(asked)
            if found is None or (value is not None and found != value):
                return False
        return True

    return met


def _reader(condition: Condition) -> Callable[[Asked], bytes | None]:
    name = condition.name.encode()
    match condition.source:
        case ConditionSource.HEADER:
            lower = name.lower()
            return lambda asked: asked.header(lower)
        case ConditionSource.COOKIE:
            return lambda asked: asked.cookie(name)
        case ConditionSource.QUERY:
            return lambda asked: asked.parameter(name)
