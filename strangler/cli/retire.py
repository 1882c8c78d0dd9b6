"""``strangler retire``: find and remove what is dead in the monolith once a service owns its traffic."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.fleets import fleet_of
from strangler.cli.migrations import migration_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.retiring import RetirePage, retire_record
from strangler.cli.revisions import Repository
from strangler.cli.rewrite import boundary_of
from strangler.cli.saved_graph import load_project_graph, require_young_map
from strangler.model.errors import ExitCode, StranglerError, UsageError
from strangler.model.generated_code import FOLDER
from strangler.planner.moved_requests import service_answers
from strangler.planner.readiness import Condition
from strangler.planner.retirement_conditions import data_conditions, traffic_conditions, unmet
from strangler.planner.unknown_modules import require_mapped
from strangler.project import Project, Service
from strangler.project_reader import load_project
from strangler_analyzers.retiring.plan import RetirePlan, plan_retirement
from strangler_analyzers.retiring.program import read_trees
from strangler_analyzers.retiring.retirement import RetireSource, find_dead
from strangler_analyzers.rewriting.file_results import Failed, Skipped
from strangler_analyzers.rewriting.patch import patch
from strangler_analyzers.rewriting.writing import write_changes
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.templates import read_templates

_SETTINGS = ("*.toml", "*.cfg", "*.ini", "*.yml", "*.yaml", "*.conf", "*.sh", "Procfile", "Dockerfile", "Makefile")
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env", ".git", ".venv", ".tox"})
_LONGEST = 200_000
_OURS = frozenset({"strangler.toml"})


class TooEarlyError(StranglerError):
    """Something still reaches v1."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, service: str, missing: tuple[Condition, ...]) -> None:
        first = missing[0]
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        super().__init__(
            f"too early to retire: {first.name}: {first.found}{more}",
            where=f"service {service}",
            remedy=first.mend
            or f"strangler retire {service} lists what stands in the way; --force removes all the same",
        )


def retire(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    diff: Annotated[bool, typer.Option("--diff", help="Print the removal of certainly dead code as a patch.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Remove certainly dead code; the git tree must be clean.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Remove even if a condition does not hold.")] = False,
    despite: Annotated[
        list[str] | None,
        typer.Option(
            "--despite",
            metavar="FILE[:LINE]",
            help="Texts and requests at this place do not use the service; repeatable.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Find and remove code that is dead once a service answers."""
    if diff and write:
        raise UsageError("--diff and --write exclude each other", remedy="leave one of them out")
    if diff and json:
        raise UsageError("a patch is no JSON", remedy="leave out --json or --diff")
    project = load_project(config)
    declared, root = project.service(service), project.source_root
    boundary = boundary_of(declared)
    if write:
        Repository.around(root).require_unchanged(root)
    missing = unmet(_conditions(project, declared))
    if write and missing and not force:
        raise TooEarlyError(service, missing)
    require_young_map(project)
    graph = load_project_graph(project)
    require_mapped(declared, graph.application_modules, all_of_them=False)
    trees, unread = read_trees(graph, lambda file: (root / file).read_bytes())
    found = discover(root, project.monolith.exclude)
    templates = {item.name: (item.text, item.file) for item in read_templates(found.templates)}
    written = [path for name in found.services for path in _sources_below(root / name) if FOLDER not in path.parts]
    left_out = [path for name in project.monolith.exclude for path in _sources_below(root / name)]
    others = _other_texts(project, root, (*left_out, *written), unread)
    source = RetireSource(trees, templates, dict(others), _places(despite or (), trees))
    retirement = find_dead(graph, boundary, service_answers(service, project.routes), source)
    plan = plan_retirement(retirement, lambda file: (root / file).read_bytes())
    if write:
        Repository.around(root).require_kept(root / result.file for result in plan.files)
        plan = RetirePlan(plan.dead, plan.kept, write_changes(plan.files, root, ""), plan.sql)
    if diff:
        sys.stdout.buffer.write(patch(plan.files))
        if plan.certain and not plan.files:
            console_of(context).note(f"nothing would be removed; strangler retire {service} says what uses it")
    else:
        _tell(console_of(context), service, plan, missing, json=json, written=write)
    if any(isinstance(result, Failed | Skipped) for result in plan.files):
        raise typer.Exit(ExitCode.FINDINGS)


def _places(given: Iterable[str], trees: Mapping[str, ast.Module]) -> frozenset[str]:
    """The locations given with --despite; UsageError for one that is not in the map."""
    for place in given:
        file, colon, line = place.partition(":")
        if file not in trees or (colon and not line.isdecimal()):
            raise UsageError(
                f"--despite {place}: there is no such file in the map, or no such line",
                remedy="name the place as the list has it, below the root of the monolith: --despite FILE:LINE",
            )
    return frozenset(given)


def _conditions(project: Project, service: Service) -> Iterator[Condition]:
    """Whether v1 still gets requests or rows; a condition that cannot be checked does not hold."""
    try:
        with fleet_of(project) as fleet:
            answers = {str(address): answer for address, answer in fleet.each_status().items()}
        yield from traffic_conditions(service.name, answers)
    except StranglerError as error:
        yield Condition("gateway", holds=False, found=str(error))
    if service.stateless:
        return
    try:
        with migration_of(project, service.name) as migration:
            yield from data_conditions(migration)
    except StranglerError as error:
        yield Condition("authority", holds=False, found=str(error))


def _other_texts(
    project: Project, root: Path, left_out: Iterable[Path], unread: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Texts that may name code but are not in the map: settings, and source that is left out or cannot be parsed."""
    paths = {path.resolve() for top in (project.folder, root) for path in _settings_below(top)}
    paths |= {path.resolve() for path in left_out}
    for path in sorted(paths | {(root / file).resolve() for file in unread}):
        try:
            text = path.read_bytes()[:_LONGEST].decode("utf-8", "replace")
        except OSError:
            continue
        yield Path(os.path.relpath(path, root)).as_posix(), text


def _sources_below(top: Path) -> Iterable[Path]:
    return (top,) if top.is_file() else top.rglob("*.py")


def _settings_below(top: Path) -> Iterator[Path]:
    for folder, inner, names in os.walk(top):
        inner[:] = [name for name in inner if name not in _FOREIGN]
        paths = (Path(folder, name) for name in names if name not in _OURS)
        yield from (path for path in paths if any(map(path.match, _SETTINGS)))


def _tell(
    console: Console, service: str, plan: RetirePlan, missing: tuple[Condition, ...], *, json: bool, written: bool
) -> None:
    if json:
        console.json(retire_record(service, plan, missing))
        return
    console.terminal.print(RetirePage(service, plan, missing, written), soft_wrap=True)
    if written and plan.files:
        console.result("now run the tests, commit, and: strangler analyze")
