"""``strangler plan``, ``next`` and ``undo``: the migration of one service, gate by gate."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from msgspec.json import encode

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.events_publication import publication_digest
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.plan_sources import look
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.questions import constraints_path
from strangler.cli.render.plan import PlanPage, next_lines
from strangler.cli.saved_graph import load_project_graph
from strangler.model.errors import InputError, StranglerError, UnavailableError, UsageError
from strangler.model.printable import printable_parts
from strangler.planner.event_examination import event_findings
from strangler.planner.migration_plan.boundary import drawn_boundary
from strangler.planner.migration_plan.plan_file import Plan, PlanFile, Seen
from strangler.planner.migration_plan.progress import PlannedStep, ServiceStanding, standing, updated
from strangler.planner.migration_plan.reading import State
from strangler.planner.migration_plan.steps import STEPS, Step, text_for
from strangler.project import Project
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler.store import ArtefactStore
from strangler_analyzers.boundaries.constraints_file import load_constraints
from strangler_analyzers.boundaries.suggestion import study
from strangler_etl.examination.finding import Level

_LATER = """\
# Later steps ask for these:
# design = "design/{name}.json5"
# database = "${{{variable}_DATABASE_URL}}"
# upstreams = ["http://127.0.0.1:8100"]
"""
_NAME = re.compile("[A-Za-z0-9_-]+")
Tell: TypeAlias = Callable[[str], None]


def plan(
    context: typer.Context,
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="A service of strangler.toml, or one that suggest proposes.")
    ],
    services: Annotated[
        int | None,
        typer.Option("--services", min=1, metavar="N", help="Take it from the proposal with this many services."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Name the service this, instead of the name from suggest."),
    ] = None,
    done: Annotated[
        Step | None, typer.Option("--done", metavar="STEP", help="Declare a step done without evidence.")
    ] = None,
    because: Annotated[str | None, typer.Option("--because", metavar="REASON", help="With --done: the reason.")] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Turn a boundary into the steps of a migration, each with its gate."""
    if (done is None) != (because is None) or (because is not None and not because.strip()):
        raise UsageError("--done and --because REASON belong together")
    console = console_of(context)
    project = load_project(config)
    drawn: tuple[str, ...] = ()
    proposed, service = service, _named(project, name or service, by_hand=name is not None)
    if not _is_drawn(project, service):
        drawn = _draw(console, project, proposed, service, services)
        project = load_project(config)
    known = plan_of(project, service)
    if drawn:
        known = Plan(service, known.created, drawn, known.seen)
    if done is not None and because is not None:
        log = audit_log_of(project)
        known = known.with_seen(done, Seen(because, _now(), log.who))
        log.record(service, f"plan: {done} declared done by hand", {"reason": because})
    found = _look(project, known)
    if json:
        console.json({"service": service, "next": found.next and found.next.step, "steps": found.steps})
    else:
        console.terminal.print(PlanPage(printable_parts(found)), soft_wrap=True)
        for line in _event_lines(project, service):
            console.result(line)


def next_step(
    context: typer.Context,
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="One service only.")] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show the next step, what its gate lacks, and the command."""
    console = console_of(context)
    project = load_project(config)
    found = [_look(project, known, console.note) for known in _plans(project, service)]
    if json:
        console.json([{"service": item.service, "next": item.next} for item in found])
        return
    for item in found:
        for line in (*next_lines(printable_parts(item)), *_event_lines(project, item.service)):
            console.result(line)


def undo(context: typer.Context, service: ServiceName, config: Config = Path(), json: Json = False) -> None:
    """Take back the last step, or say how."""
    console = console_of(context)
    project = load_project(config)
    (known,) = _plans(project, service)
    found = _look(project, known)
    last = found.last
    if last is None:
        first, later = found.steps[0], [item.step for item in found.steps if item.state is State.DONE]
        also = f"; done out of turn: {', '.join(later)}" if later else ""
        raise UsageError(
            f"{first.step}, the first step of {service}, is not done{also}", remedy=f"see strangler plan {service}"
        )
    way_back = text_for(STEPS[last.step].way_back, service)
    taken_back = _take_back(project, known, last)
    if json:
        console.json({"service": service, "step": last.step, "taken_back": taken_back, "way_back": way_back})
    elif taken_back:
        console.result(f"{service}: {last.step} is taken back")
    else:
        console.result(f"{service}: the last step is {last.step} ({last.found}); to take it back: {way_back}")


def _is_drawn(project: Project, service: str) -> bool:
    declared = project.services.get(service)
    return declared is not None and bool(declared.tables or declared.modules)


def _named(project: Project, name: str, *, by_hand: bool) -> str:
    """The name to declare a service under; UsageError if it is invalid or belongs to another service."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a service",
            remedy="call it otherwise, with letters, digits, _ and -: strangler plan PART --as NAME",
        )
    if by_hand and _is_drawn(project, name):
        raise UsageError(
            f"strangler.toml has a service {name} already", remedy=f"call it otherwise, or run: strangler plan {name}"
        )
    return name


def _draw(console: Console, project: Project, proposed: str, name: str, services: int | None) -> tuple[str, ...]:
    """Write a proposed boundary to strangler.toml under a name, and return the keys that were written."""
    system = load_project_graph(project)
    found = study(system, load_constraints(constraints_path(project.folder), system))
    boundary = drawn_boundary(found, proposed, services)
    file = ProjectFile.read(project.path)
    file.require_writable(project, f"add [services.{name}]")
    written = {"modules": boundary.modules, "tables": boundary.tables}
    if name in project.services:
        for key, values in written.items():
            file.put(("services", name, key), list(values))
        file.save()
    else:
        lines = "".join(_line(key, values) for key, values in written.items())
        file.append(f"\n[services.{name}]\n{lines}{_LATER.format(name=name, variable=name.upper().replace('-', '_'))}")
    console.note(f"wrote [services.{name}] to {project.path.name}: look it over")
    if boundary.vital:
        console.note(
            f"{name} is vital, and should not go first: {'; '.join(boundary.vital)}; see strangler suggest --first"
        )
    return tuple(written)


def _line(key: str, values: Sequence[str]) -> str:
    """A line of TOML, whose strings may be written as in JSON."""
    return f"{key} = [{', '.join(encode(value).decode() for value in values)}]\n"


def _take_back(project: Project, known: Plan, last: PlannedStep) -> bool:
    """Undo only what the plan itself did: a step that was declared by hand, or the boundary that it wrote."""
    log = audit_log_of(project)
    if last.by_hand is not None:
        log.record(known.service, f"plan: {last.step} by hand is taken back", {})
        _file(project).write(known.with_seen(last.step, None))
        return True
    if last.step is not Step.BOUNDARY or not known.drawn:
        return False
    file = ProjectFile.read(project.path)
    file.require_writable(project, f"take {', '.join(known.drawn)} out of [services.{known.service}]")
    section = ("services", known.service)
    for key in known.drawn:
        file.remove((*section, key))
    if file.is_empty(section):
        file.remove(section)
    file.save()
    log.record(known.service, "plan: the boundary is taken back", {"keys": ", ".join(known.drawn)})
    _file(project).remove(known.service)
    return True


def _event_lines(project: Project, service: str) -> Sequence[str]:
    """What is wrong with a service's events; if that cannot be known, the steps say why."""
    if project.service(service).design is None:
        return ()
    try:
        with migration_of(project, service) as migration:
            digest = publication_digest(project, migration)
            found = [*event_findings(migration, os.environ, time.time(), digest)]
    except StranglerError:
        return ()
    return [f"  {one.name}: {one.found}; {one.mend}" for one in found if one.level is not Level.OK]


def plan_of(project: Project, service: str) -> Plan:
    """What was seen of a service's steps before; empty if it has no plan."""
    return _file(project).read().get(service) or Plan(service, _now())


def planned(project: Project, service: str, tell: Tell) -> ServiceStanding | None:
    """Return the present standing of a service's plan, None if it has none; `tell` reports what cannot be saved."""
    known = _file(project).read().get(service)
    return None if known is None else _look(project, known, tell)


def _plans(project: Project, service: str | None) -> list[Plan]:
    plans = _file(project).read()
    if service is not None:
        project.service(service)
        plans = {service: plans[service]} if service in plans else {}
    if not plans:
        raise InputError("there is no plan" + (f" of {service}" if service else ""), remedy=_begin(project, service))
    return [known for name, known in plans.items() if name in project.services]


def _begin(project: Project, service: str | None) -> str:
    """How to begin a plan: for the requested service, for one of those declared, or for a proposed one."""
    declared = [name for name, item in project.services.items() if item.tables or item.modules]
    names = [service] if service is not None else declared
    if not names:
        return "choose a part: strangler suggest --first; then run: strangler plan NAME"
    return f"run: {' or '.join(f'strangler plan {name}' for name in names)}"


def _look(project: Project, known: Plan, tell: Tell | None = None) -> ServiceStanding:
    """Look at every gate, and save what was seen.

    If it cannot be saved, `tell` reports that, or else it is an error: on a full disk, the answer matters most.
    """
    readings = look(project, project.service(known.service))
    try:
        now = updated(known, readings, _now, audit_log_of(project))
        _file(project).write(now)
    except UnavailableError as error:
        if tell is None:
            raise
        tell(f"what was seen is not kept: {error}")
        return standing(known, readings)
    return standing(now, readings)


def _file(project: Project) -> PlanFile:
    return PlanFile(ArtefactStore.beside(project.folder))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
