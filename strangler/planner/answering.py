"""Whether the applications that are to take a service's requests answer."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.model.errors import StranglerError
from strangler.planner.identity_examination import AskUpstream
from strangler.planner.readiness import Condition
from strangler.project import Service
from strangler_gateway.transport.origin import Origin

NAME = "v2 answers"


def answering_condition(service: Service, environment: Mapping[str, str], ask: AskUpstream) -> Condition:
    """Return whether any upstream of v2 answers with less than 500, asked from here.

    While v1 has the authority a dead v2 harms nobody, because v1 answers in its place; after the cut-over nobody does.
    """
    silent: list[str] = []
    for reference in service.upstreams:
        try:
            origin = str(Origin.of(reference.resolve(environment)))
            status = ask(origin)
        except (StranglerError, ValueError) as error:
            silent.append(str(error))
        else:
            if status < 500:
                return Condition(NAME, holds=True, found=f"{origin} answers")
            silent.append(f"{origin} answers / with {status}")
    found = "; ".join(silent) or f"[services.{service.name}] upstreams names none"
    mend = "start it, or correct its address; if only the gateways can reach it: --force"
    return Condition(NAME, holds=False, found=found, mend=mend)
