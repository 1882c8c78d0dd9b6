"""Whether the application that will take over a service's requests answers."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler.planner.identity_examination import AskUpstream
from strangler.planner.readiness import Condition
from strangler.project import Project
from strangler_gateway.transport.origin import Origin

_READINESS = "/_internal_/readiness"


def answering_condition(
    project: Project, service: str, side: Side, environment: Mapping[str, str], ask: AskUpstream
) -> Condition:
    """Return whether any upstream of a side answers with a status below 500, asked from this machine.

    The request goes to the side's health check where one is declared, else to ``/`` of v1, or to the readiness path of
    v2 that generated services have. While the other side has the authority, a dead upstream harms nobody; once this
    side has it, no other can answer in its place.
    """
    application = project.service(service) if side is Side.V2 else project.monolith
    section = f"[services.{service}]" if side is Side.V2 else "[monolith]"
    health = application.resilience.health
    path = health.path if health is not None else _READINESS if side is Side.V2 else "/"
    silent: list[str] = []
    for reference in application.upstreams:
        try:
            origin = str(Origin.of(reference.resolve(environment)))
            status = ask(f"{origin}{path}")
        except (StranglerError, ValueError) as error:
            silent.append(str(error))
        else:
            if status < 500:
                return Condition(f"{side} answers", holds=True, found=f"{origin} answers")
            silent.append(f"{origin}{path} answers with {status}")
    found = "; ".join(silent) or f"{section} upstreams names none"
    mend = "start or mend it, or correct its address; if only the gateways can reach it: --force"
    return Condition(f"{side} answers", holds=False, found=found, mend=mend)
