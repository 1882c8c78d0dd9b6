"""The terms of forwarding: whom the gateway trusts about its clients, and what it tells the applications."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ForwardedFields(StrEnum):
    """The header fields by which proxies state the client's address, scheme and host."""

    X_FORWARDED = "x-forwarded"
    """``X-Forwarded-For``, ``-Proto`` and ``-Host``."""
    FORWARDED = "forwarded"
    """``Forwarded`` of RFC 7239."""
    BOTH = "both"


class NewTrace(StrEnum):
    """The ``trace-flags`` of a trace that the gateway begins (W3C Trace Context)."""

    SAMPLED = "sampled"
    UNSAMPLED = "unsampled"


@dataclass(frozen=True, slots=True)
class ForwardingTerms:
    """``[gateway.forwarding]``.

    The trusted proxies in front are those in the networks `trusted`, or, where their addresses change, the last
    `trusted_hops` hops of a request. The gateway reads their fields as `read` says, and sends those of `send` to the
    applications.
    """

    trusted: tuple[str, ...] = ()
    trusted_hops: int = 0
    read: ForwardedFields = ForwardedFields.X_FORWARDED
    send: ForwardedFields = ForwardedFields.X_FORWARDED
    via: str | None = None
    """The gateway's name in ``Via``, in requests and responses; None adds no ``Via``."""
    traceparent: NewTrace | None = None
    """How to begin a trace for a request that has none; None begins no trace."""


FORWARDING_TERMS = ForwardingTerms()

UPSTREAM_HOST = "upstream"
"""The value of `UpstreamFields.host` that stands for the upstream's own address."""


@dataclass(frozen=True, slots=True)
class UpstreamFields:
    """``[monolith.headers]`` and ``[services.NAME.headers]``.

    `host` is the Host that the upstream gets: ``upstream`` for its own address, a name, or None for the client's.
    `locations` and `cookie_domains` say whether Location fields and cookie domains that name the upstream's own address
    are rewritten to the one the client uses.
    """

    host: str | None = None
    locations: bool = False
    cookie_domains: bool = False


UPSTREAM_FIELDS = UpstreamFields()
