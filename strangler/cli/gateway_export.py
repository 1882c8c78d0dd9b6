"""``strangler gateway export``: write the routing plan as configuration for another proxy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.project_options import Config
from strangler.project_reader import load_project
from strangler.store import ArtefactStore, write_atomic
from strangler_gateway.admin.control import restored
from strangler_gateway.admin.fleet import missing_setting
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.export.targets import Exported, ExportTarget, export
from strangler_gateway.routing.plan import check_authorities, compile_plan
from strangler_gateway.state_file import StateFile


def export_plan(
    context: typer.Context,
    to: Annotated[ExportTarget, typer.Option("--to", help="The proxy to write the configuration for.")],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to write it. [default: standard output]")
    ] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Write the plan as configuration for another proxy, and list what it cannot express."""
    console = console_of(context)
    exported = export(to, _setting(config))
    if output is not None:
        write_atomic(output, exported.text.encode())
    if json:
        gaps = [{"subject": gap.subject, "lost": gap.lost} for gap in exported.gaps]
        console.json({"to": to, "configuration": exported.text, "gaps": gaps})
        return
    if output is None:
        console.result(exported.text.removesuffix("\n"))
    for line in _gap_lines(to, exported):
        console.note(line)


def _setting(config: Path) -> ExportSetting:
    """Return the settings that a gateway started here would follow."""
    project = load_project(config)
    state = StateFile(ArtefactStore.beside(project.folder)).read()
    plan = restored(compile_plan(project, os.environ), state)
    sides = {service: known.side for service, known in state.authorities.items()}
    check_authorities(plan, sides)
    if project.gateway.listen is None:
        raise missing_setting(project, "where to listen", 'listen = "127.0.0.1:8080"')
    return ExportSetting.of(project, plan, project.gateway.listen, sides)


def _gap_lines(target: ExportTarget, exported: Exported) -> list[str]:
    if not exported.gaps:
        return [f"{target} does everything the plan says"]
    return [f"{target} does not do all the plan says:", *(f"  {gap}" for gap in exported.gaps)]
