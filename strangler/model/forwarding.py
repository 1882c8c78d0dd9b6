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


FORWARDING_TERMS = ForwardingTerms()
