"""Whether a project is ready: its variables are set, and its artefacts can be written and are not out of date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler.model.errors import UnavailableError
from strangler.planner.map_age import newer_than
from strangler.planner.variable_examination import environment_findings
from strangler.project import Project, Service
from strangler.store import ArtefactStore, check_writable
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.examination.permission import mend_of_permission


def project_checks(project: Project, services: Sequence[Service], environment: Mapping[str, str]) -> Iterable[Check]:
    """Checks for any service: variables, a folder for artefacts, an analysis that is not out of date."""
    return (
        Check("environment", lambda: environment_findings(project, services, environment)),
        Check("disk", lambda: [_artefacts(project)]),
        Check("analysis", lambda: [_analysis(project)]),
    )


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
