"""``strangler suggest``: propose services."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.questions import ask_labels, constraints_path
from strangler.cli.render.extraction import FirstPage, OutwardsPage
from strangler.cli.render.suggestion import SuggestionPage
from strangler.cli.saved_graph import load_graph
from strangler.model.errors import ExitCode, UsageError
from strangler.model.printable import printable_parts
from strangler.project import Targets
from strangler.project_reader import find_project_file, load_project
from strangler_analyzers.boundaries.constraints_file import add_labels, load_constraints
from strangler_analyzers.boundaries.extraction_order import Candidate, extraction_order
from strangler_analyzers.boundaries.merging import Budget, Merge, merge_proposals
from strangler_analyzers.boundaries.outwards import outwards
from strangler_analyzers.boundaries.suggestion import Study, study
from strangler_analyzers.boundaries.suggestion import suggest as propose


def suggest(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    services: Annotated[
        int | None,
        typer.Option(
            "--services", min=1, metavar="N", help="Propose this many services. [default: the natural number]"
        ),
    ] = None,
    level: Annotated[
        int | None,
        typer.Option(
            "--level",
            metavar="N",
            help="Finer (above 0) or coarser (below 0) than the natural number, by this many joins.",
        ),
    ] = None,
    first: Annotated[bool, typer.Option("--first", help="Say what to extract first, and what not.")] = False,
    feature: Annotated[
        str | None, typer.Option("--feature", metavar="NAME", help="With --first: begin with this part.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With --feature: accept it even if it is vital.")] = False,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Ask which service the most informative tables belong to, and keep the answers."),
    ] = False,
    questions: Annotated[
        int, typer.Option("--questions", min=1, metavar="N", help="With --ask: the highest number of questions.")
    ] = 12,
    from_table: Annotated[
        str | None, typer.Option("--from-table", metavar="TABLE", help="Grow a service from one table outwards.")
    ] = None,
    round_trip: Annotated[
        float | None,
        typer.Option(
            "--round-trip",
            min=0,
            metavar="MS",
            help="Duration of a call to another service. [default: [targets] round_trip, else 2]",
        ),
    ] = None,
    p99: Annotated[
        float | None,
        typer.Option(
            "--p99",
            min=0,
            metavar="MS",
            help="Propose merges until no route waits longer for other services. [default: [targets] p99]",
        ),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many rows of long lists to show.")] = 5,
    json: Json = False,
) -> None:
    """Propose services, and show what crosses between them."""
    _check(services, level, feature, first=first)
    graph = load_graph(path)
    console = console_of(context)
    file = constraints_path(path)
    found = study(graph, load_constraints(file, graph))
    if ask:
        answers = ask_labels(console, found, questions, sys.stdin)
        if answers:
            add_labels(file, answers)
            console.note(f"wrote {file}")
        found = study(graph, load_constraints(file, graph))
    if first:
        _first(console, found, feature, rows, _declared(path), force=force, json=json)
    elif from_table is not None:
        way = outwards(found, from_table)
        if json:
            console.json(way)
        else:
            console.terminal.print(OutwardsPage(printable_parts(way), rows), soft_wrap=True)
    else:
        count = services if level is None else max(1, found.clustering.natural + level)
        suggestion, targets = propose(found, count), _targets(path, round_trip, p99)
        merges = _merges(found, count, targets)
        if json:
            console.json({**to_builtins(suggestion), "merges": merges})
        else:
            page = SuggestionPage(printable_parts(suggestion), targets.round_trip, rows, merges)
            console.terminal.print(page, soft_wrap=True)


def _targets(path: Path, round_trip: float | None, p99: float | None) -> Targets:
    """The targets from the command line, or else from the project file, if there is one."""
    file = find_project_file(path)
    targets = Targets() if file is None else load_project(file.parent).targets
    return Targets(
        targets.p99 if p99 is None else p99, targets.round_trip if round_trip is None else round_trip, targets.depth
    )


def _merges(found: Study, count: int | None, targets: Targets) -> tuple[Merge, ...]:
    if targets.p99 is None:
        return ()
    return merge_proposals(found, found.groups(count), Budget(targets.p99, targets.round_trip))


def _check(services: int | None, level: int | None, feature: str | None, *, first: bool) -> None:
    if services is not None and level is not None:
        raise UsageError("--services and --level both say how many", remedy="leave one of them out")
    if feature is not None and not first:
        raise UsageError("--feature says what to take out first", remedy="add --first")


def _declared(path: Path) -> Mapping[str, str]:
    """The service of each table that the project file declares; empty without a project file."""
    file = find_project_file(path)
    if file is None:
        return {}
    services = load_project(file.parent).services
    return {table: name for name, service in services.items() for table in service.tables}


def _first(
    console: Console,
    found: Study,
    feature: str | None,
    rows: int,
    declared: Mapping[str, str],
    *,
    force: bool,
    json: bool,
) -> None:
    """Print what to extract first; a vital part is refused unless it is forced."""
    order = extraction_order(found)
    chosen = _chosen(order, feature)
    refused = bool(chosen.vital) and not force
    if json:
        console.json({"first": None if refused else chosen, "refused": chosen if refused else None, "order": order})
    elif refused:
        console.result(f"not first: {chosen.name} is vital: {'; '.join(chosen.vital)}")
        console.note("begin with another part (strangler suggest --first), or add --force")
    else:
        others = [item for item in order if item is not chosen]
        console.terminal.print(FirstPage(printable_parts(chosen), printable_parts(others), rows), soft_wrap=True)
        for item in (chosen, *others):
            for service in sorted({declared[table] for table in item.tables if table in declared}):
                console.note(f"{item.name}: strangler.toml has it as the service {service}: strangler plan {service}")
    if refused:
        raise typer.Exit(ExitCode.FINDINGS)


def _chosen(order: tuple[Candidate, ...], feature: str | None) -> Candidate:
    if not order:
        raise UsageError("nothing can be taken out: there is no part smaller than half of the tables")
    if feature is None:
        return order[0]
    chosen = next((item for item in order if item.name == feature), None)
    if chosen is None:
        raise UsageError(f"there is no part {feature}", remedy=f"parts: {', '.join(item.name for item in order)}")
    return chosen
