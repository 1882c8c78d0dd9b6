"""The sources of a plan's evidence: files, the map, databases, gateways and upstreams."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace

from strangler.cli.design_documents import project_library
from strangler.cli.fleets import fleet_of
from strangler.cli.migrations import migration_of
from strangler.cli.questions import constraints_path
from strangler.cli.relative_paths import from_here
from strangler.cli.saved_graph import load_project_graph
from strangler.cli.upstream_status import http_status
from strangler.contracts.verification.evidence import document_fingerprint, evidence_path, load_evidence
from strangler.model.errors import StranglerError
from strangler.planner.migration_plan.code_readings import file_readings, map_readings
from strangler.planner.migration_plan.contract_reading import contract_reading
from strangler.planner.migration_plan.data_readings import DATA_STEPS, data_readings
from strangler.planner.migration_plan.gateway_readings import GATEWAY_STEPS, look_at_gateways
from strangler.planner.migration_plan.progress import passed
from strangler.planner.migration_plan.reading import Reading, Readings, State, done, missing, unknown
from strangler.planner.migration_plan.steps import Step
from strangler.project import Project, Service
from strangler.store import ArtefactStore
from strangler_analyzers.boundaries.constraints_file import load_constraints
from strangler_analyzers.ratchet.baseline_file import FILE_NAME, load_baseline
from strangler_etl.migration import Missing

MAP_STEPS = (Step.MAP, Step.ROUTES, Step.WRITERS, Step.REWRITE, Step.RETIRE)


def look(project: Project, service: Service) -> Readings:
    """Look at every gate of a service; a source that cannot be read leaves its steps unknown, with the reason."""
    of_map = _read(MAP_STEPS, lambda: look_at_map(project, [service])[service.name])
    return passed({**look_beside_map(project, service), **of_map})


def look_at_map(project: Project, services: Iterable[Service]) -> dict[str, Readings]:
    """What the map says of each of some services; StranglerError if it cannot be read."""
    system = load_project_graph(project)
    constraints = load_constraints(constraints_path(project.folder), system)
    return {service.name: map_readings(project, service, system, constraints) for service in services}


def look_beside_map(project: Project, service: Service) -> Readings:
    """Look at everything but the map, which takes long to read."""
    return {
        **_files(project, service),
        Step.BUILD: _build(project, service),
        **_read(DATA_STEPS, lambda: _data(project, service)),
        **_read(GATEWAY_STEPS, lambda: _gateways(project, service)),
    }


def _read(steps: Iterable[Step], read: Callable[[], Readings]) -> Readings:
    try:
        return read()
    except StranglerError as error:
        return dict.fromkeys(steps, unknown(from_here(str(error))))


def _files(project: Project, service: Service) -> Readings:
    return file_readings(project, service, load_baseline(project.folder / FILE_NAME))


def _data(project: Project, service: Service) -> Readings:
    with migration_of(project, service.name, Missing.PLAN) as migration:
        return data_readings(migration)


def _gateways(project: Project, service: Service) -> Readings:
    with fleet_of(project) as fleet:
        return look_at_gateways(service.name, fleet)


def _build(project: Project, service: Service) -> Reading:
    answers = _upstreams(service)
    if service.design is None or answers.state is not State.DONE:
        return answers
    try:
        kept = _contract(project, service)
    except StranglerError as error:
        return unknown(from_here(str(error)))
    return replace(kept, found=f"{answers.found}; {kept.found}")


def _contract(project: Project, service: Service) -> Reading:
    library = project_library(project, (service.name,))
    store = ArtefactStore.beside(project.folder)
    evidence = load_evidence(store, service.name) if evidence_path(store, service.name).exists() else None
    upstreams = [reference.resolve(os.environ).rstrip("/") for reference in service.upstreams]
    return contract_reading(
        service.name, evidence, document_fingerprint(library.document(service.name), library), upstreams
    )


def _upstreams(service: Service) -> Reading:
    if not service.upstreams:
        return missing(f"[services.{service.name}] upstreams names none")
    for reference in service.upstreams:
        try:
            http_status(reference.resolve(os.environ))
        except StranglerError as error:
            return missing(from_here(str(error)))
    return done(f"{len(service.upstreams)} of {len(service.upstreams)} answer")
