"""Which of two rules wins when both match a request: a total order, the same for every reader of a plan.

1. The host: an exact host beats ``*.``, and a longer ``*.`` beats a shorter one; a rule for every host comes last.
2. The path, segment by segment from the left: a literal beats a segment with a placeholder in it, that beats a segment
   that is one placeholder, and that beats a rest of the path (``{name:path}``). A choice (``{name:de|en}``) counts as a
   segment with a placeholder in it. Of two such segments, the one with more literal characters wins, then the one that
   sorts first.
3. A rule that names the method beats one for all methods.
4. More conditions on headers win, then more on cookies, then more on the query.
5. The rule that comes first in the file wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

from strangler.model.template import anonymous, template_parts
from strangler.project import Condition, ConditionSource

_REST = re.compile(r"\{[^{}:]*:path\}")


class Ruled(Protocol):
    """A rule that has a place in the order: it matches some requests, see `RouteMatch`."""

    @property
    def path(self) -> str:
        """The path template."""
        ...

    @property
    def methods(self) -> Sequence[str]:
        """The methods in upper case; none means all."""
        ...

    @property
    def host(self) -> str | None:
        """The host, ``*.`` and its ending, or None for every host."""
        ...

    @property
    def conditions(self) -> Sequence[Condition]:
        """What headers, cookies and query must contain."""
        ...


class SegmentKind(IntEnum):
    """The kind of a template's segment; the lower one wins."""

    LITERAL = 0
    PARTIAL = 1
    ANY = 2
    REST = 3


class SegmentRank(NamedTuple):
    """The rank of one segment, the lower wins; for a rest of the path, `text` is the whole remaining template."""

    kind: SegmentKind
    fewer_literals: int
    text: str


class HostRank(NamedTuple):
    """The rank of a host, the lower wins; `breadth` is 0 for one host, 1 for all below one, 2 for every host."""

    breadth: int
    shorter: int
    text: str


class Precedence(NamedTuple):
    """The sort key of a rule: of the rules that match a request, the lowest wins; `position` is that in the file."""

    host: HostRank
    path: tuple[SegmentRank, ...]
    every_method: bool
    fewer_conditions: tuple[int, int, int]
    position: int


def precedence(rule: Ruled, position: int) -> Precedence:
    """Return the sort key of a rule."""
    counts = [0, 0, 0]
    for condition in rule.conditions:
        counts[_SOURCES.index(condition.source)] -= 1
    return Precedence(
        host_rank(rule.host), segment_ranks(rule.path), not rule.methods, (counts[0], counts[1], counts[2]), position
    )


def host_rank(host: str | None) -> HostRank:
    """Return the rank of a host."""
    if host is None:
        return HostRank(2, 0, "")
    return HostRank(1, -len(host), host) if host.startswith("*.") else HostRank(0, 0, host)


def rule_for_host(rule: str | None, host: str | None) -> bool:
    """Whether a rule for one host matches every request to another host; None stands for every host."""
    if rule is None or rule == host:
        return True
    return host is not None and rule.startswith("*.") and host.removeprefix("*").endswith(rule[1:])


def segment_ranks(template: str) -> tuple[SegmentRank, ...]:
    """Return the rank of each segment of a path template; a rest of the path is one, the last."""
    segments = template.split("/")
    ranks: list[SegmentRank] = []
    for number, segment in enumerate(segments):
        if _REST.search(segment):
            ranks.append(_with_placeholders(SegmentKind.REST, "/".join(segments[number:])))
            break
        if "{" not in segment:
            ranks.append(SegmentRank(SegmentKind.LITERAL, 0, segment))
        elif anonymous(segment) == "{}":
            ranks.append(SegmentRank(SegmentKind.ANY, 0, ""))
        else:
            ranks.append(_with_placeholders(SegmentKind.PARTIAL, segment))
    return tuple(ranks)


def _with_placeholders(kind: SegmentKind, text: str) -> SegmentRank:
    literals = sum(len(literal) for literal, _ in template_parts(text))
    return SegmentRank(kind, -literals, anonymous(text))


_SOURCES = (ConditionSource.HEADER, ConditionSource.COOKIE, ConditionSource.QUERY)
