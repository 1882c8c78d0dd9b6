"""Finds the rule for a request without looking at every rule.

Precedence: segment by segment from the left a literal beats a segment with a placeholder in it, that beats a segment
that is one placeholder, and that beats a rest of the path (``{name:path}``). Among rules for the same path one that
names the method beats one for all methods; then the first in the file wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from strangler.model.template import template_pattern

_WHOLE_PLACEHOLDER = re.compile(r"\{[^{}:]*(?::(?!path\})[^{}]*)?\}")
_REST = re.compile(r"\{[^{}:]*:path\}")


class Ruled(Protocol):
    """What a table holds: something for a path template and some methods, none meaning all."""

    @property
    def path(self) -> str:
        """The path template."""
        ...

    @property
    def methods(self) -> Sequence[str]:
        """The methods in upper case."""
        ...


R = TypeVar("R", bound=Ruled)


@dataclass(slots=True)
class _Node(Generic[R]):
    literal: dict[str, _Node[R]] = field(default_factory=dict[str, "_Node[R]"])
    partial: dict[str, _Node[R]] = field(default_factory=dict[str, "_Node[R]"])
    any: _Node[R] | None = None
    rests: list[tuple[str, R]] = field(default_factory=list[tuple[str, R]])
    rules: list[R] = field(default_factory=list[R])


class RouteTable(Generic[R]):
    """Rules by path and method; the time to find one depends on the path, not on their number."""

    def __init__(self, rules: Iterable[R]) -> None:
        self._root: _Node[R] = _Node()
        for rule in rules:
            _insert(self._root, rule)

    def find(self, method: str, path: str) -> R | None:
        """Return the rule for a request; a rule for GET is for HEAD too."""
        return _find(self._root, path.split("/"), 0, method)


def takes(rule: Ruled, method: str) -> bool:
    """Whether a rule is for a method."""
    methods = rule.methods
    return not methods or method in methods or (method == "HEAD" and "GET" in methods)


def rule_name(rule: Ruled) -> str:
    """``GET,POST /api/reviews``, or ``* /api/reviews``."""
    return f"{','.join(rule.methods) or '*'} {rule.path}"


def _insert(node: _Node[R], rule: R) -> None:
    segments = rule.path.split("/")
    for position, segment in enumerate(segments):
        if _REST.search(segment):
            node.rests.append(("/".join(segments[position:]), rule))
            return
        if "{" not in segment:
            node = node.literal.setdefault(segment, _Node())
        elif _WHOLE_PLACEHOLDER.fullmatch(segment):
            node.any = node.any or _Node()
            node = node.any
        else:
            node = node.partial.setdefault(segment, _Node())
    node.rules.append(rule)


def _find(node: _Node[R], segments: Sequence[str], position: int, method: str) -> R | None:
    if position == len(segments):
        return _choose(node.rules, method)
    segment = segments[position]
    child = node.literal.get(segment)
    if child is not None and (found := _find(child, segments, position + 1, method)) is not None:
        return found
    for template, child in node.partial.items():
        if template_pattern(template).fullmatch(segment) and (found := _find(child, segments, position + 1, method)):
            return found
    if node.any is not None and segment and (found := _find(node.any, segments, position + 1, method)) is not None:
        return found
    if node.rests:
        rest = "/".join(segments[position:])
        return _choose([rule for template, rule in node.rests if template_pattern(template).fullmatch(rest)], method)
    return None


def _choose(rules: Sequence[R], method: str) -> R | None:
    fitting = [rule for rule in rules if takes(rule, method)]
    return min(fitting, key=lambda rule: not rule.methods) if fitting else None
