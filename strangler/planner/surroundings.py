"""Checks of what a migration needs beside the databases: variables, disk, analysis, gateways, upstreams."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from strangler.model.errors import StranglerError, UnavailableError
from strangler.planner.identity_examination import AskUpstream, key_findings, whoami_checks
from strangler.planner.map_age import newer_than
from strangler.project import Address, Project, Service
from strangler.secret import Reference, Secret, mask_url
from strangler.store import ArtefactStore, check_writable
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.examination.permission import mend_of_permission
from strangler_gateway.admin.client import GatewayRefusedError
from strangler_gateway.admin.messages import GatewayStatus
from strangler_gateway.transport.origin import Origin

AskGateways = Callable[[Sequence[Address], Secret], Mapping[Address, GatewayStatus | StranglerError]]


def project_checks(project: Project, services: Sequence[Service], environment: Mapping[str, str]) -> Iterable[Check]:
    """Checks for any service: variables, a folder for artefacts, an analysis that is not out of date."""
    return (
        Check("environment", lambda: environment_findings(project, services, environment)),
        Check("disk", lambda: [_artefacts(project)]),
        Check("analysis", lambda: [_analysis(project)]),
    )


def references_of(project: Project, services: Iterable[Service]) -> tuple[Reference, ...]:
    """Everything the project file takes from the environment for these services."""
    gateway = project.gateway
    found = [project.monolith.database, *project.monolith.upstreams, gateway.token]
    found += [gateway.identity.key] if gateway.identity else []
    for service in services:
        found += [service.database, *service.upstreams]
        if service.identity is not None and service.identity != gateway.identity:
            found.append(service.identity.key)
    return tuple(reference for reference in found if reference is not None)


def environment_findings(
    project: Project, services: Iterable[Service], environment: Mapping[str, str]
) -> Iterator[Finding]:
    """Report for every variable whether it is set, never its value."""
    places: dict[str, str] = {}
    for reference in references_of(project, services):
        for name in reference.names:
            places.setdefault(name, place_of(reference, project))
    present = [name for name in places if environment.get(name)]
    if present:
        yield ok("environment", f"{', '.join(present)} {'is' if len(present) == 1 else 'are'} set")
    for name, place in places.items():
        if name not in present:
            yield problem("environment", f"{name}, named at {place}, is not set", f"run: export {name}=...")
    if not places:
        yield ok("environment", "strangler.toml names no variables")


def place_of(reference: Reference, project: Project) -> str:
    """The position of a reference, relative to the project's folder: ``strangler.toml:8:12``."""
    return reference.where.removeprefix(f"{project.folder}{os.sep}")


def _artefacts(project: Project) -> Finding:
    folder = ArtefactStore.beside(project.folder).folder
    try:
        check_writable(folder, remedy="")
    except UnavailableError as error:
        if folder.exists() and not folder.is_dir():
            return problem("disk", f"{folder.name} {error.what}", f"take the file {folder.name} away")
        mend = error.remedy or mend_of_permission(folder if folder.exists() else project.folder, "wx")
        return problem("disk", f"{folder.name} {error.what}", mend)
    return ok("disk", f"{folder.name} can be written")


def _analysis(project: Project) -> Finding:
    try:
        newer = newer_than(ArtefactStore.beside(project.folder).graph_path, project)
    except OSError:
        return problem(
            "analysis",
            "there is none: who writes the tables beside the service's own routes is not known",
            "run: strangler analyze",
        )
    if not newer:
        return ok("analysis", "not older than the source")
    more = f" and {len(newer) - 1} more" if len(newer) > 1 else ""
    return warning("analysis", f"older than {newer[0]}{more}", "run: strangler analyze")


# --- gateways ---


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
    if not _known(project.gateway.token, environment):
        return _skipped("token", project.gateway.token, environment)
    return ok("token", "set")


def _gateways(
    project: Project, services: Sequence[Service], environment: Mapping[str, str], ask: AskGateways
) -> Iterator[Finding]:
    token = project.gateway.token
    if not project.gateway.admin:
        yield problem("gateways", "[gateway] admin names none", 'write admin = ["127.0.0.1:9900"] in [gateway]')
        return
    if token is None or not _known(token, environment):
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


# --- upstreams ---


def upstream_checks(
    project: Project, services: Sequence[Service], environment: Mapping[str, str], ask: AskUpstream
) -> Iterable[Check]:
    """Whether the monolith and the services answer, and whether the monolith says who asks."""
    sides = [("monolith", "[monolith]", project.monolith.upstreams)]
    sides += [(service.name, f"[services.{service.name}]", service.upstreams) for service in services]
    for name, section, upstreams in sides:
        if not upstreams:
            yield _constantly(
                problem(name, f"{section} upstreams names none", f'write upstreams = ["http://host:port"] in {section}')
            )
        for reference in upstreams:
            yield _upstream(name, project, reference, environment, ask)
    yield from whoami_checks(project, services, environment, ask)


def _constantly(finding: Finding) -> Check:
    return Check(finding.name, lambda: [finding])


def _upstream(
    name: str, project: Project, reference: Reference, environment: Mapping[str, str], ask: AskUpstream
) -> Check:
    def look() -> Iterator[Finding]:
        if not _known(reference, environment):
            yield _skipped(name, reference, environment)
            return
        url = reference.resolve(environment)
        try:
            origin = str(Origin.of(url))
        except ValueError as error:
            yield problem(
                name, mask_url(str(error)), f"correct {', '.join(reference.names) or place_of(reference, project)}"
            )
            return
        try:
            status = ask(origin)
        except StranglerError as error:
            yield problem(name, f"{origin} does not answer: {error.what}", "start it, or correct its address")
            return
        if status >= 500:
            yield warning(name, f"{origin} answers / with {status}", "look at its log")
        else:
            yield ok(name, f"{origin} answers")

    return Check(name, look)


def _known(reference: Reference, environment: Mapping[str, str]) -> bool:
    return all(environment.get(name) for name in reference.names)


def _skipped(name: str, reference: Reference, environment: Mapping[str, str]) -> Finding:
    return warning(name, f"not looked at: {', '.join(reference.names)} not set", export_of(reference, environment))


def export_of(reference: Reference, environment: Mapping[str, str]) -> str:
    """The command that sets the variables a reference lacks."""
    return "run: export " + " ".join(f"{name}=..." for name in reference.names if not environment.get(name))
