"""What may differ between two crawls of equal applications, one behind the gateway; all else is a difference."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import zip_longest

from tests.gateway.crawl.browser import Exchange

SHOWN = 12
"""Lines of a difference that are told."""


@dataclass(frozen=True, slots=True)
class Mask:
    """What is drawn or told by the clock, in heads and bodies: the first group of `pattern` is put out of sight.

    An `elastic` one does not always have the same length.
    """

    why: str
    pattern: re.Pattern[bytes]
    elastic: bool = False

    def over(self, data: bytes) -> bytes:
        """Hide it."""

        def hidden(found: re.Match[bytes]) -> bytes:
            begin, end = (place - found.start() for place in found.span(1))
            return found[0][:begin] + b"*" * (1 if self.elastic else end - begin) + found[0][end:]

        return self.pattern.sub(hidden, data)


APPLICATION_DRAWS = (
    Mask("when it was answered", re.compile(rb"(?m)^Date: ([^\r]+)")),
    Mask("a session begins with a random key", re.compile(rb"sessionid=(\w+)")),
    Mask("a token against forged requests is random", re.compile(rb"csrftoken=(\w+)")),
    Mask("and masked anew in each page", re.compile(rb"""csrfmiddlewaretoken(?:" value="|=|"\r\n\r\n)(\w+)""")),
    Mask("a message waits in a cookie, signed with the time", re.compile(rb"messages=[^:;\r]+:(\w+:[\w-]+)")),
    Mask("a cookie, or a page, ends so long after its answer", re.compile(rb"(?im)(?:expires=|^Expires: )([^;\r]+)")),
    Mask("a form proposes the time", re.compile(rb"""_1(?:" value="|=)([0-9]{2}(?:(?::|%3A)[0-9]{2}){2})""")),
)
"""What Django says differently each time, with or without a gateway."""

CONNECTION = re.compile(rb"(?mi)^Connection: [^\r]*\r\n")
"""For the next hop only, and said by each hop itself."""

LENGTH = Mask("Django compresses to a random length", re.compile(rb"(?im)^Content-Length: ([0-9]+)"), elastic=True)
VERSION = Mask("to a client of HTTP/1.0 each hop says its own version", re.compile(rb"^HTTP/1\.([01]) "))


def differences(direct: Sequence[Exchange], through: Sequence[Exchange], masks: Iterable[Mask]) -> list[str]:
    """Return the differences between two crawls, readable; a request that differs makes its answer differ."""
    masks = tuple(masks)
    told: list[str] = []
    for one, other in zip_longest(direct, through):
        if one is None or other is None:
            lonely = one or other
            told.append(f"only {'direct' if other is None else 'behind'}: {lonely and lonely.request[:200]!r}")
            continue
        for part in ("request", "head", "body"):
            expected, got = (_shown(exchange, part, masks) for exchange in (one, other))
            if expected != got:
                told.append(f"{one.request.split(b' HTTP')[0].decode()}: {part} differs\n{_diff(expected, got)}")
                break
    return told


def _shown(exchange: Exchange, part: str, masks: tuple[Mask, ...]) -> bytes:
    compressed = exchange.header(b"content-encoding") is not None
    match part:
        case "request":
            data = exchange.request
        case "head":
            data = CONNECTION.sub(b"", exchange.head)
            if b" HTTP/1.0\r\n" in exchange.request:
                data = VERSION.over(data)
            if compressed or any(mask.elastic and mask.pattern.search(exchange.body) for mask in masks):
                data = LENGTH.over(data)
        case _:
            data = exchange.text.encode() if compressed else exchange.body
    for mask in masks:
        data = mask.over(data)
    return data


def _diff(one: bytes, other: bytes) -> str:
    lines, others = ([line.decode(errors="replace") for line in data.split(b"\n")] for data in (one, other))
    return "\n".join([*unified_diff(lines, others, "direct", "behind", lineterm="", n=0)][2 : 2 + SHOWN])
