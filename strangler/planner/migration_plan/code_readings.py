"""What the project file, the map and the baseline show about a service's steps."""

from __future__ import annotations

from strangler.contracts.library_reader import file_text, read_library
from strangler.contracts.lint.linter import lint
from strangler.model.errors import ConfigurationError
from strangler.model.quantity import quantity
from strangler.planner.console_scripts import project_scripts
from strangler.planner.failing_routes import failing_routes, routes_condition
from strangler.planner.migration_plan.reading import Reading, Readings, State, done, judged, missing
from strangler.planner.migration_plan.steps import Step
from strangler.planner.own_requests import own_request_findings
from strangler.planner.undeclared_routes import undeclared_routes
from strangler.planner.writers import find_writers
from strangler.project import Project, Service
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.ratchet.baseline import Baseline
from strangler_analyzers.ratchet.declared_ownership import MONOLITH, declared_ownership
from strangler_analyzers.ratchet.rules import breaches


def file_readings(project: Project, service: Service, baseline: Baseline) -> Readings:
    """What the files that people maintain show."""
    drawn = f"{quantity(len(service.modules), 'module')}, {quantity(len(service.tables), 'table')}"
    exempt = sum(service.name in f"{item.rule} {item.subject}" for item in baseline.exemptions)
    known = service.name in baseline.services
    return {
        Step.BOUNDARY: _boundary(service, drawn),
        Step.LINE: judged(
            f"known, {quantity(exempt, 'exemption')} with its name" if known else "the baseline does not know it",
            holds=known,
        ),
        Step.DESIGN: _design(project, service),
    }


def map_readings(project: Project, service: Service, system: SystemGraph, constraints: Constraints) -> Readings:
    """What the map shows, at its age; requests of the monolith to itself are read from the source as it is now."""
    unmapped = [table for table in service.tables if table not in system.tables]
    modules = [name for name in sorted(system.application_modules) if any(_below(name, top) for top in service.modules)]
    owners = declared_ownership(system, project.services, constraints)
    routes = [item for item in undeclared_routes(system, project, owners) if item.source == service.name]
    uses = [
        item
        for item in breaches(system, project.services, project.targets, constraints)
        if item.source == MONOLITH and service.name in item.targets and item.location is not None
    ] + list(own_request_findings(system, project, [service.name]))
    return {
        Step.MAP: missing(f"it lacks {', '.join(unmapped)}")
        if unmapped
        else done(
            f"{quantity(len(system.table_names.own), 'table')}, {quantity(len(system.application_modules), 'module')}"
        ),
        Step.ROUTES: _counted(len(routes), "undeclared route", f"such as {routes[0].subject}" if routes else ""),
        Step.WRITERS: _writers(project, service, system, frozenset(item.subject for item in routes)),
        Step.REWRITE: _counted(len(uses), "finding", f"such as {uses[0].message}" if uses else ""),
        Step.RETIRE: _counted(len(modules), "module", f"such as {modules[0]}" if modules else "")
        if service.modules
        else missing("it names no module, so nobody knows what of its code is left"),
    }


def _boundary(service: Service, drawn: str) -> Reading:
    if service.tables and not service.modules:
        return missing(
            f"{drawn}: its code stands in modules of others; move it into one of its own and name that, or go on:"
            f" strangler plan {service.name} --done boundary --because REASON"
        )
    return judged(drawn, holds=bool(service.modules and (service.tables or service.stateless)))


def _writers(project: Project, service: Service, system: SystemGraph, undeclared: frozenset[str]) -> Reading:
    rules = [rule for rule in project.routes if rule.service == service.name]
    writers = find_writers(system, service.tables, rules, project_scripts(project, system.facts))
    found = routes_condition(service.name, failing_routes(system.facts, writers), writers.outside, undeclared)
    return judged(found.found, holds=found.holds)


def _counted(count: int, what: str, example: str) -> Reading:
    return done(f"no {what} is left") if not count else missing(f"{quantity(count, what)} left, {example}")


def _below(module: str, top: str) -> bool:
    return module == top or module.startswith(f"{top}.")


def _design(project: Project, service: Service) -> Reading:
    if service.design is None:
        return missing(f"none is named; strangler design extract {service.name} drafts one")
    paths = {item.name: project.folder / item.design for item in project.services.values() if item.design}
    try:
        library = read_library(paths, (), file_text)
    except ConfigurationError as error:
        return missing(f"{service.design}: {error.what}")
    found = lint(library, project.lint, (service.name,))
    if found:
        told = f"{service.design}: {quantity(len(found), 'finding')}"
        return Reading(State.OPEN, told, instead=f"strangler design lint {service.name}")
    operations = len([*library.document(service.name).operations])
    return done(f"{service.design}, {quantity(operations, 'operation')}, no finding")
