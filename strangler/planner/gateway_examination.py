"""Whether gateways can be given orders, and every one knows the services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from strangler.model.errors import StranglerError
from strangler.planner.identity_examination import key_findings
from strangler.planner.variable_examination import unset_names, unset_warning
from strangler.project import Address, Project, Service
from strangler.secret import Secret
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_gateway.admin.client import GatewayRefusedError
from strangler_gateway.admin.messages import GatewayStatus

AskGateways = Callable[[Sequence[Address], Secret], Mapping[Address, GatewayStatus | StranglerError]]


def gateway_checks(
    project: Project, services: Sequence[Service], environment: Mapping[str, str], ask: AskGateways
) -> Iterable[Check]:
    """Whether gateways can be given orders, and every one knows the services."""
    return (
        Check("token", lambda: [_token(project, environment)]),
        Check("identity", lambda: key_findings(project, services, environment)),
        Check("gateways", lambda: _gateways(project, services, environment, ask)),
    )


def _token(project: Project, environment: Mapping[str, str]) -> Finding:
    if project.gateway.token is None:
        return problem("token", "[gateway] token is missing", 'write token = "${STRANGLER_ADMIN_TOKEN}" in [gateway]')
    if unset_names(project.gateway.token, environment):
        return unset_warning("token", project.gateway.token, environment)
    return ok("token", "set")


def _gateways(
    project: Project, services: Sequence[Service], environment: Mapping[str, str], ask: AskGateways
) -> Iterator[Finding]:
    token = project.gateway.token
    if not project.gateway.admin:
        yield problem("gateways", "[gateway] admin names none", 'write admin = ["127.0.0.1:9900"] in [gateway]')
        return
    if token is None or unset_names(token, environment):
        yield warning("gateways", "not asked: the token is not known", "mend the token first")
        return
    for address, answer in ask(project.gateway.admin, Secret(token.resolve(environment))).items():
        if isinstance(answer, StranglerError):
            yield problem(f"gateway {address}", answer.what, answer.remedy or _mend_of(answer))
        else:
            yield _gateway(f"gateway {address}", answer, services)


def _mend_of(error: StranglerError) -> str:
    if isinstance(error, GatewayRefusedError):
        return "start the gateway with the same token, or name the right address in [gateway] admin"
    return "run: strangler gateway run"


def _gateway(name: str, status: GatewayStatus, services: Sequence[Service]) -> Finding:
    unknown = [service.name for service in services if service.name not in status.services]
    if unknown:
        return problem(
            name,
            f"does not know {', '.join(unknown)}",
            "start it with this strangler.toml, with [[routes]] for the service: strangler gateway run",
        )
    if status.problems:
        return warning(name, f"refused a newer plan: {status.problems[0]}", "mend strangler.toml")
    known = [f"{service.name} (epoch {status.services[service.name].epoch})" for service in services]
    return ok(name, f"answers and knows {', '.join(known) or 'its plan'}")
