"""Whether services can learn from the monolith who sends a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from strangler.model.errors import StranglerError
from strangler.model.identity import IdentityTerms
from strangler.planner.variable_examination import unset_names, unset_warning
from strangler.project import Identity, Project, Service
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_gateway.transport.origin import Origin

KEY_BYTES = 32
"""The minimum for HS256 (RFC 7518, section 3.2)."""
AskUpstream = Callable[[str], int]
"""Sends a GET request and returns the status of the answer; UnavailableError when none comes in time."""


def key_findings(project: Project, services: Sequence[Service], environment: Mapping[str, str]) -> Iterator[Finding]:
    """Report for every identity whether it can be signed."""
    identities = _identities(project, services)
    if not identities:
        yield warning(
            "identity",
            "[gateway.identity] is missing: a service cannot learn who is asking",
            'write whoami = "/path" and key = "${NAME}" in [gateway.identity], unless the service knows by itself',
        )
    for name, identity in identities.items():
        if unset_names(identity.key, environment):
            yield unset_warning(name, identity.key, environment)
            continue
        length = len(identity.key.resolve(environment).encode())
        if length < KEY_BYTES:
            yield warning(name, f"the key has {length} bytes", f"take a random one of at least {KEY_BYTES} bytes")
        else:
            yield ok(name, f"the key is set; who is asking is asked at {identity.terms.whoami}")


def whoami_checks(
    project: Project, services: Sequence[Service], environment: Mapping[str, str], ask: AskUpstream
) -> Iterator[Check]:
    """Ask the monolith who asks, without credentials: it must answer that this is nobody."""
    if not project.monolith.upstreams:
        return
    upstream = project.monolith.upstreams[0]
    for name, identity in _identities(project, services).items():

        def look(name: str = name, terms: IdentityTerms = identity.terms) -> Iterator[Finding]:
            if not unset_names(upstream, environment):
                yield from _whoami(name, terms, upstream.resolve(environment), ask)

        yield Check(name, look)


def _whoami(name: str, terms: IdentityTerms, url: str, ask: AskUpstream) -> Iterator[Finding]:
    try:
        status = ask(f"{Origin.of(url)}{terms.whoami}")
    except (ValueError, StranglerError):
        # The upstream's own check reports what is wrong with it.
        return
    asked = f"GET {terms.whoami} without credentials is answered with {status}"
    if status in terms.nobody_statuses or (200 <= status <= 299 and terms.claims):
        yield ok(name, f"{asked}: nobody")
    elif 200 <= status <= 299:
        yield warning(
            name,
            f"{asked}: whoever shows a cookie would be somebody",
            "name the claims that only a user has, or let it answer 401",
        )
    elif status == 404:
        yield problem(name, f"{asked}: there is no such page", "correct whoami")
    else:
        yield warning(
            name,
            f"{asked}: of no use, so requests for v2 would be refused",
            f"write nobody_statuses = [{status}] if that means nobody, or look at its log"
            if status < 500
            else "look at its log",
        )


def _identities(project: Project, services: Sequence[Service]) -> Mapping[str, Identity]:
    """Return the identities by the names findings give them; the gateway's own appears once for all services."""
    common = project.gateway.identity
    found = {"identity": common} if common is not None else {}
    for service in services:
        if service.identity is not None and service.identity != common:
            found[f"identity of {service.name}"] = service.identity
    return found
