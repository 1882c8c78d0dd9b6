"""Reads the client's identity out of the monolith's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeGuard

import msgspec

from strangler.model.identity import Claim, ClaimSource, IdentityTerms
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.request import Request

Who = Mapping[str, object]
"""An identity, as a JSON object."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The monolith's complete answer."""

    status: int
    headers: Headers
    body: bytes


SendQuestion = Callable[[Request], Awaitable[Answer]]
"""Asks the monolith; UpstreamError when it does not answer."""


class UnknownIdentityError(Exception):
    """The monolith did not say who the client is: without identity, a user would silently become a stranger."""


def who_of(terms: IdentityTerms, answer: Answer) -> Who | None:
    """Return the identity, None for an anonymous client; UnknownIdentityError when the answer says neither.

    Where the terms name claims, an answer with none of them means anonymous, as does one with ``{"user": null}``.
    """
    status = answer.status
    if status in terms.nobody_statuses:
        return None
    if not 200 <= status <= 299:
        raise UnknownIdentityError(f"{terms.whoami} answered {status}")
    if not terms.claims:
        return _json(terms, answer.body)
    needed = any(claim.source is ClaimSource.JSON for claim in terms.claims)
    json: Who = _json(terms, answer.body) if needed else dict[str, object]()
    said = {claim.name: value for claim in terms.claims if (value := _said(claim, answer, json)) is not None}
    return said if any(claim.name in said for claim in terms.claims if claim.source is not ClaimSource.STATUS) else None


def _said(claim: Claim, answer: Answer, json: Who) -> object:
    match claim.source:
        case ClaimSource.STATUS:
            return answer.status
        case ClaimSource.HEADER:
            name = claim.path[0].encode()
            return next((value.decode("latin-1") for field, value in answer.headers if field.lower() == name), None)
        case ClaimSource.JSON:
            found: object = json
            for key in claim.path:
                found = found.get(key) if _is_object(found) else None
            return found


def _json(terms: IdentityTerms, body: bytes) -> Who:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise UnknownIdentityError(f"{terms.whoami} answered no JSON object: {error}") from error


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)
