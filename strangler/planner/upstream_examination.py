"""Whether the monolith and the services answer, and whether the monolith says who asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from strangler.model.errors import StranglerError
from strangler.planner.identity_examination import AskUpstream, whoami_checks
from strangler.planner.variable_examination import place_of, unset_names, unset_warning
from strangler.project import Project, Service
from strangler.secret import Reference, mask_url
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_gateway.transport.origin import Origin


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
        if unset_names(reference, environment):
            yield unset_warning(name, reference, environment)
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
