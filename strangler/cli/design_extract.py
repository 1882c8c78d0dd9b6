"""``strangler design extract``: a first draft of a document from the analysed monolith."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import typer

from strangler.cli.console import console_of
from strangler.cli.design_drafts import Namespace, Output, draft_target, tell_name
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.questions import constraints_path
from strangler.cli.saved_graph import load_project_graph
from strangler.contracts.extraction import MonolithFacts, draft, usual_namespace
from strangler.contracts.mapped_tables import mapped_tables
from strangler.model.errors import ConfigurationError
from strangler.model.quantity import quantity
from strangler.planner.ratchet import require_boundary
from strangler.planner.unknown_tables import unknown_tables
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.store import write_atomic
from strangler_analyzers.boundaries.constraints_file import load_constraints
from strangler_analyzers.boundaries.crossings import crossings
from strangler_analyzers.boundaries.drafted_uses import drafted_uses
from strangler_analyzers.boundaries.service_routes import ServiceRoutes
from strangler_analyzers.ratchet.declared_ownership import declared_evidence, declared_ownership


def extract(
    context: typer.Context,
    service: ServiceName,
    namespace: Namespace = None,
    output: Output = None,
    config: Config = Path(),
) -> None:
    """Draft a service's document from its tables and routes; what only people know is marked."""
    project = load_project(config)
    declared = project.service(service)
    target = draft_target(project, service, namespace, output)
    require_boundary(project)
    system = load_project_graph(project)
    owners = declared_ownership(system, project.services, load_constraints(constraints_path(project.folder), system))
    known = {table.name: table for table in system.facts.tables}
    own = [table for table in system.facts.tables if table.name in declared.tables]
    tables = mapped_tables(own, project.etl.get(service, ()), known)
    routes = ServiceRoutes(system, owners, project.routes, lambda file: _parsed(project.source_root / file)).of(service)
    uses = drafted_uses(crossings(declared_evidence(system, owners), owners), service, project.services)
    monolith = MonolithFacts(system.facts.tables, uses, _engine(project))
    text = draft(service, namespace or usual_namespace(service), tables, routes, monolith)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, text.encode())
    console = console_of(context)
    left = sum(bool(route.left_out) for route in routes)
    doubtful = sum(bool(route.doubt) for route in routes)
    told = f"{quantity(len(tables), 'model')} with events, {quantity(len(routes) - left, 'route')}"
    console.result(f"wrote {target}: {told}")
    for unknown in unknown_tables(declared, known):
        console.note(f"{unknown}; the draft has no model of it")
    if left:
        console.note(f"{quantity(left, 'route')} left out: the draft says which, and why")
    if uses:
        console.note(f"{quantity(len(uses), 'use')} of other services to be decided: calls, or events to follow")
    if doubtful:
        console.note(f"of {quantity(doubtful, 'route')} the method is to be decided: the views take any")
    tell_name(console, project, service, target)


def _engine(project: Project) -> str:
    """The engine of the monolith's database; empty if nothing names it, or the environment lacks the name."""
    database = project.monolith.database
    try:
        return "" if database is None else database.database_url(os.environ).engine
    except ConfigurationError:
        return ""


def _parsed(file: Path) -> ast.Module | None:
    """The syntax tree of a source file; None if it does not exist or this Python cannot parse it."""
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
