"""Finds the differences between two responses, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from itertools import islice

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.content import Content
from strangler_gateway.shadow.masks import MASKED, MASKS, Masks, shown, shown_key

MAX_DIFFERENCES = 50
"""The most differences found in one pair of responses."""
UNCOMPARED_HEADERS = frozenset(
    (
        *("age", "date", "etag", "expires", "last-modified"),
        *("connection", "content-length", "keep-alive", "transfer-encoding", "via"),
        *("server", "x-powered-by", "x-request-id", "x-runtime"),
    )
)
"""Headers that say who answered, when and over which connection; the body itself is compared, so its length is not."""

BODY = "body "
"""The path of a body as a whole."""
_MEANING = ("content-type", "content-encoding")
"""The headers that decide what the bytes of a body mean."""


class Absent(Enum):
    """Stands for an absent member, as opposed to one that is null."""

    ABSENT = "none"


class Kind(StrEnum):
    """How two responses differ at a place."""

    STATUS = "status"
    VALUE = "value"
    TYPE = "type"
    PRESENCE = "presence"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, order=True)
class DifferencePlace:
    """Where and how responses differ: ``status``, ``header vary``, ``body /items/*/price``.

    Indexes, and keys that are data, are ``*``.
    """

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """The values of both sides at a place, as far as they may be kept."""

    place: DifferencePlace
    v1: str
    v2: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What is not compared (`headers`, `ignored`), and what is compared but not shown (`masks`).

    `ignored` are paths as in `DifferencePlace`, each with everything below it; ``*`` stands for any one segment.
    """

    headers: frozenset[str] = UNCOMPARED_HEADERS
    ignored: tuple[str, ...] = ()
    masks: Masks = MASKS

    def ignores(self, path: str) -> bool:
        """Whether to ignore a difference at a path."""
        return any(_covers(rule.split("/"), path.split("/")) for rule in self.ignored)


def differences(v1: Answer, v2: Answer, rules: Rules) -> tuple[Difference, ...]:
    """Return the differences between two responses, at most `MAX_DIFFERENCES`."""
    return tuple(islice((one for one in _all(v1, v2, rules) if not rules.ignores(one.place.path)), MAX_DIFFERENCES))


def _all(v1: Answer, v2: Answer, rules: Rules) -> Iterator[Difference]:
    if v1.status != v2.status:
        yield Difference(DifferencePlace("status", Kind.STATUS), str(v1.status), str(v2.status))
    ours, theirs = v1.values(), v2.values()
    yield from _of_headers(ours, theirs, rules)
    if v1.cut or v2.cut:
        yield Difference(DifferencePlace(BODY, Kind.LENGTH), _length(v1), _length(v2))
    elif v1.body != v2.body or any(ours.get(name) != theirs.get(name) for name in _MEANING):
        yield from _of_contents(v1.content(), v2.content(), rules.masks)


def _of_headers(v1: dict[str, tuple[str, ...]], v2: dict[str, tuple[str, ...]], rules: Rules) -> Iterator[Difference]:
    for name in sorted((v1.keys() | v2.keys()) - rules.headers):
        ours, theirs = v1.get(name), v2.get(name)
        if ours != theirs:
            kind = Kind.PRESENCE if ours is None or theirs is None else Kind.VALUE
            hidden = rules.masks.hides(name)
            yield Difference(
                DifferencePlace(f"header {name}", kind), _field(ours, hidden=hidden), _field(theirs, hidden=hidden)
            )


def _length(answer: Answer) -> str:
    return f"{len(answer.body)} bytes" + (" and more" if answer.cut else "")


def _field(values: tuple[str, ...] | None, *, hidden: bool) -> str:
    if values is None:
        return "none"
    return MASKED if hidden else shown(", ".join(values))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two values at a path; `hidden` when a name on the path is masked."""

    path: str
    v1: Content
    v2: Content
    hidden: bool = False

    def differing(self, kind: Kind) -> Difference:
        """Return the difference between the two."""
        if self.hidden:
            return Difference(DifferencePlace(self.path, kind), MASKED, MASKED)
        return Difference(DifferencePlace(self.path, kind), shown(self.v1), shown(self.v2))


def _of_contents(v1: Content, v2: Content, masks: Masks) -> Iterator[Difference]:
    """Walk both values with an explicit stack, because the application decides how deep they are."""
    open_pairs = [_Pair(BODY, v1, v2)]
    while open_pairs:
        pair = open_pairs.pop()
        match pair.v1, pair.v2:
            case dict() as ours, dict() as theirs:
                for key in sorted(ours.keys() | theirs.keys(), reverse=True):
                    hidden = pair.hidden or masks.hides(key)
                    path = f"{pair.path}/{shown_key(key)}"
                    if key in ours and key in theirs:
                        open_pairs.append(_Pair(path, ours[key], theirs[key], hidden))
                    else:
                        yield _absence(
                            path, ours.get(key, Absent.ABSENT), theirs.get(key, Absent.ABSENT), hidden=hidden
                        )
            case list() as ours, list() as theirs:
                if len(ours) != len(theirs):
                    yield pair.differing(Kind.LENGTH)
                path = f"{pair.path}/*"
                open_pairs += reversed(
                    [_Pair(path, one, other, pair.hidden) for one, other in zip(ours, theirs, strict=False)]
                )
            case one, other:
                if _kind_of(one) != _kind_of(other):
                    yield pair.differing(Kind.TYPE)
                elif one != other:
                    yield pair.differing(Kind.VALUE)


def _absence(path: str, v1: Content | Absent, v2: Content | Absent, *, hidden: bool) -> Difference:
    ours, theirs = ("none" if isinstance(value, Absent) else MASKED if hidden else shown(value) for value in (v1, v2))
    return Difference(DifferencePlace(path, Kind.PRESENCE), ours, theirs)


def _kind_of(value: Content) -> str:
    """Return the JSON type of a value: 1 and 1.0 are both numbers, true is not."""
    match value:
        case bool():
            return "boolean"
        case int() | Decimal():
            return "number"
        case _:
            return type(value).__name__


def _covers(rule: list[str], path: list[str]) -> bool:
    return len(rule) <= len(path) and all(wanted in ("*", there) for wanted, there in zip(rule, path, strict=False))
