"""Whose word the gateway takes for who a client is, and what it tells the applications."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ForwardedFields(StrEnum):
    """The header fields that say who has asked a proxy, how, and for which host."""

    X_FORWARDED = "x-forwarded"
    """``X-Forwarded-For``, ``-Proto`` and ``-Host``."""
    FORWARDED = "forwarded"
    """``Forwarded`` of RFC 7239."""
    BOTH = "both"


class NewTrace(StrEnum):
    """What a trace that the gateway begins says of itself (W3C Trace Context, ``trace-flags``)."""

    SAMPLED = "sampled"
    UNSAMPLED = "unsampled"


@dataclass(frozen=True, slots=True)
class ForwardingTerms:
    """``[gateway.forwarding]``.

    The proxies in front are those in the networks `trusted`, or, where their addresses change, the last `trusted_hops`
    that a request came through. They say what they know in the fields `read`; applications are told in those of `send`.
    """

    trusted: tuple[str, ...] = ()
    trusted_hops: int = 0
    read: ForwardedFields = ForwardedFields.X_FORWARDED
    send: ForwardedFields = ForwardedFields.X_FORWARDED
    via: str | None = None
    """What the gateway calls itself in ``Via``, both ways; nothing is added where it is None."""
    traceparent: NewTrace | None = None
    """What becomes of a request that is in no trace: it begins one, or is left alone where this is None."""


FORWARDING_TERMS = ForwardingTerms()

UPSTREAM_HOST = "upstream"
"""The `host` of an upstream that is asked for by its own name."""


@dataclass(frozen=True, slots=True)
class UpstreamFields:
    """``[monolith.headers]`` and ``[services.NAME.headers]``.

    `host` is what Host says there: ``upstream`` for what the upstream is reached by, a name, or None for what the
    client said. Where `locations` and the domains of cookies point at the upstream's own address, clients see theirs.
    """

    host: str | None = None
    locations: bool = False
    cookie_domains: bool = False


UPSTREAM_FIELDS = UpstreamFields()
