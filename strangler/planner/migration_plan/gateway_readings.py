"""What the gateways show about a service: whether they know it, where its reads go, how the answers compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler.planner.migration_plan.reading import Reading, Readings, State, done, judged, missing, unknown
from strangler.planner.migration_plan.steps import Step
from strangler_gateway.admin.fleet import Fleet
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.shadow.report import Diffs

GATEWAY_STEPS = (Step.FRONT, Step.COMPARE, Step.SHIFT)
LEAST_COMPARED = 100
MOST_UNEXPLAINED = 0.001


def gateway_readings(service: str, answers: Mapping[str, GatewayStatus | StranglerError], diffs: Diffs) -> Readings:
    """Judge the answers of all gateways, by address, and what they have compared together."""
    silent = [str(answer) for answer in answers.values() if isinstance(answer, StranglerError)]
    known = [
        answer.services[service]
        for answer in answers.values()
        if isinstance(answer, GatewayStatus) and service in answer.services
    ]
    if silent or not answers:
        return dict.fromkeys(GATEWAY_STEPS, unknown(silent[0] if silent else "[gateway] admin names no gateway"))
    lacking = len(answers) - sum(set(status.sides) == set(Side) for status in known)
    front = f"{len(answers)} of {len(answers)} know both sides"
    return {
        Step.FRONT: missing(f"{lacking} of {len(answers)} do not know both sides of it") if lacking else done(front),
        Step.COMPARE: _compared(service, known, diffs),
        Step.SHIFT: _shifted(known),
    }


def look_at_gateways(service: str, fleet: Fleet) -> Readings:
    """Ask every gateway, and judge the answers."""
    answers = {str(address): answer for address, answer in fleet.each_status().items()}
    silent = any(isinstance(answer, StranglerError) for answer in answers.values())
    return gateway_readings(service, answers, Diffs() if silent else fleet.diffs())


def _shifted(known: Sequence[ServiceStatus]) -> Reading:
    if known and all(status.side is Side.V2 for status in known):
        return done("v2 has the authority: all requests go there")
    reads = [(share, name) for status in known for name, share in status.shares.items() if _reads(name)]
    if not reads:
        return missing("no route of it is for reads")
    lowest, name = min(reads)
    if lowest >= 100:
        return done("all reads go to v2")
    found = f"{lowest:g} % of the requests to {name} go to v2, and no fewer of any other read"
    return Reading(State.OPEN, found, under_way=max(reads)[0] > 0)


def _reads(name: str) -> bool:
    """Whether the rule of a name (`rule_name`) covers reads: ``GET,POST /reviews``; ``*`` is every method."""
    methods = name.partition(" ")[0]
    return not {"*", "GET", "HEAD"}.isdisjoint(methods.split(","))


def _compared(service: str, known: Sequence[ServiceStatus], diffs: Diffs) -> Reading:
    if known and all(status.side is Side.V2 for status in known):
        return replace(done("v2 has the authority: there is nothing to compare any more"), passed=True)
    routes = {name: route.summary for name, route in diffs.routes.items() if route.service == service}
    compared = sum(summary.told for summary in routes.values())
    unexplained = sum(summary.unexplained for summary in routes.values())
    found = f"{compared} answers compared, {unexplained} differ without an explanation"
    if unproven := [name for name, summary in routes.items() if summary.body_noise and not summary.told]:
        return missing(
            f"{found}; unproven: {', '.join(unproven)}, where every body is noise and v2 was compared with nothing:"
            f" strangler gateway diffs {service} says what to do"
        )
    if compared < LEAST_COMPARED:
        # Gateways forget their counts when they restart: too few now does not contradict what was seen before.
        return unknown(found) if not unexplained else missing(found)
    return judged(found, holds=unexplained <= MOST_UNEXPLAINED * compared)
