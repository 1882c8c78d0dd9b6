"""``strangler dependencies``: what the monolith and its services depend on."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.dependencies_services import services
from strangler.cli.progress import progress_of
from strangler.cli.project_options import Config
from strangler.cli.render.packages import Owner, PackagesPage
from strangler.cli.source_folder import shown
from strangler.model.errors import ExitCode, InputError, UsageError
from strangler.model.printable import printable_parts
from strangler.model.quantity import quantity
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.upkeep.needs import needs_of
from strangler.upkeep.releases import releases_of
from strangler.upkeep.standing import Package, PackageStanding, apart
from strangler.upkeep.standing import packages as packages_of

MONOLITH = "monolith"

dependencies = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

dependencies.command()(services)


@dependencies.callback()
def group() -> None:
    """Show what the monolith and its services depend on."""


@dependencies.command()
def packages(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE...]", help="Only these; `monolith` for the monolith itself.")
    ] = None,
    python: Annotated[
        Path | None,
        typer.Option(
            "--python",
            metavar="PATH",
            help="The application's Python, whose pip and index are used. [default: this one]",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also show packages that are up to date.")] = False,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show outdated packages; the exit status is 1 if one is outdated and nobody holds it back."""
    console = console_of(context)
    project = load_project(config)
    owners = _owners(project, names or ())
    for name in (name for name, service in project.services.items() if service.source is None and not names):
        console.note(f'{name}: not looked at; name the folder of its code: source = "services/{name}"')
    needs = {owner: needs_of(folder) for owner, folder in owners.items()}
    if not any(needs.values()):
        places = ", ".join(owner.folder for owner in needs)
        raise InputError(
            f"no file says what packages are needed: {places}", remedy="a lock file or pyproject.toml does"
        )
    wanted = {need.name for needed in needs.values() for need in needed}
    with progress_of(context) as progress:
        releases = releases_of(wanted, python or Path(sys.executable), progress)
    found = {owner: packages_of(needed, releases, project.holds) for owner, needed in needs.items()}
    if json:
        different = apart({owner.name: each for owner, each in found.items()})
        console.json(
            {
                "owners": [{"name": o.name, "folder": o.folder, "packages": each} for o, each in found.items()],
                "apart": [{"name": name, "versions": versions} for name, versions in different],
            }
        )
    else:
        console.terminal.print(
            PackagesPage({o: printable_parts(each) for o, each in found.items()}, everything), soft_wrap=True
        )
    _advise(console, found, project.holds, whole=not names)
    behind = sum(package.standing is PackageStanding.BEHIND for each in found.values() for package in each)
    if behind:
        console.note(
            f'{quantity(behind, "package")} behind; one that has to wait: [dependencies] hold = {{ NAME = "why" }}'
        )
        raise typer.Exit(ExitCode.FINDINGS)


def _advise(
    console: Console, found: Mapping[Owner, Sequence[Package]], holds: Mapping[str, str], *, whole: bool
) -> None:
    """Report holds that hold nothing, by mistake or no longer; `whole` says that all owners were examined."""
    held = {
        package.name for packages in found.values() for package in packages if package.standing is PackageStanding.HELD
    }
    for name in sorted(holds.keys() - held) if whole else ():
        console.note(f"[dependencies] hold: {name} is not behind, or nothing needs it; take it out")


def _owners(project: Project, names: list[str] | tuple[str, ...]) -> dict[Owner, Path]:
    """The requested owners of packages, with the folders of their code; by default all that have one."""
    folders = {MONOLITH: project.source_root}
    folders |= {name: project.folder / service.source for name, service in project.services.items() if service.source}
    for name in names:
        if name not in folders:
            project.service(name)
            raise UsageError(
                f"nothing says where the code of {name} is", remedy=f'write source = "FOLDER" into [services.{name}]'
            )
    return {Owner(name, str(shown(folder))): folder for name, folder in folders.items() if not names or name in names}
