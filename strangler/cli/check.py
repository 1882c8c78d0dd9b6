"""``strangler check``: fail on new violations of the declared boundaries."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.grants import grant_statements
from strangler.cli.installation import NAME
from strangler.cli.progress import progress_of
from strangler.cli.questions import constraints_path
from strangler.cli.render.check import Annotations, CheckPage, annotation_lines, markdown
from strangler.cli.revisions import Repository
from strangler.cli.source_folder import shown
from strangler.model.errors import ExitCode, InputError, UsageError
from strangler.model.printable import printable_parts
from strangler.model.progress import Progress
from strangler.model.quantity import quantity
from strangler.planner.own_requests import own_request_findings
from strangler.planner.ratchet import findings, require_boundary
from strangler.planner.unknown_tables import told_of_unknown
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.store import ArtefactStore, write_atomic
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.boundaries.constraints_file import load_constraints
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.migrations.compatibility import incompatibilities
from strangler_analyzers.migrations.table_changes import table_changes
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.ratchet.baseline import Baseline, Judgement, accepted, judge, judge_change, shrunk
from strangler_analyzers.ratchet.baseline_file import FILE_NAME, load_baseline, parse_baseline, save_baseline
from strangler_analyzers.ratchet.code_quality import code_quality
from strangler_analyzers.ratchet.declared_ownership import declared_ownership
from strangler_analyzers.ratchet.findings import Finding
from strangler_analyzers.ratchet.rules import incompatible_migrations, ordered
from strangler_analyzers.ratchet.sarif import sarif

Diff = Annotated[
    str | None,
    typer.Option("--diff", metavar="BASE", help="Judge only what changed since this git revision: a pull request."),
]
Accept = Annotated[
    str | None,
    typer.Option(
        "--accept",
        metavar="REASON",
        help="Accept the findings into the baseline, for this reason: all at first, later those of a new service.",
    ),
]
Expires = Annotated[
    datetime | None,
    typer.Option("--expires", formats=["%Y-%m-%d"], metavar="DATE", help="With --accept: only until this day."),
]
Shrink = Annotated[bool, typer.Option("--shrink", help="Remove findings that are gone from the baseline.")]
SarifFile = Annotated[
    Path | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0 here, for code scanners.")
]
QualityFile = Annotated[
    Path | None,
    typer.Option("--code-quality", metavar="FILE", help="Write GitLab's code quality report here, for merge requests."),
]
Summary = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Add a summary in Markdown to this file.")
]
Marking = Annotated[
    Annotations | None,
    typer.Option("--annotations", help="Mark lines in a CI service. [default: the one it runs in, if known]"),
]
Grants = Annotated[
    bool, typer.Option("--grants", help="Print the statements that make PostgreSQL enforce who owns which table.")
]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="OWNER=ROLE",
        help="With --grants: the database role of a service or of monolith; may be repeated.",
    ),
]
Rows = Annotated[int, typer.Option("--rows", min=1, help="How many findings of each rule to show.")]


@dataclass(frozen=True, slots=True)
class _Base:
    """What a change is compared with; it is resolved first, because an analysis takes longer."""

    repository: Repository
    commit: str

    @classmethod
    def of(cls, project: Project, revision: str) -> _Base:
        """The commit that a change began at; InputError without a repository or without such a revision."""
        repository = Repository.around(project.folder)
        return cls(repository, repository.begin_of(revision))


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that the judgement is also written to, by format."""

    sarif: Path | None
    code_quality: Path | None
    summary: Path | None


@dataclass(frozen=True, slots=True)
class _Wish:
    """The requested change of the baseline: accept findings, for a reason and until a day, or remove stale entries."""

    accept: str | None
    expires: datetime | None
    shrink: bool

    @property
    def any(self) -> bool:
        """Whether any change of the baseline is requested."""
        return self.accept is not None or self.shrink

    def require_sound(self, diff: str | None) -> None:
        """Raise UsageError for options that contradict each other."""
        if self.accept is not None and self.accept.startswith("--"):
            raise UsageError(
                f"--accept wants a reason, not {self.accept}", remedy="say why it is let be: --accept REASON"
            )
        if self.expires is not None and self.accept is None:
            raise UsageError("--expires is for --accept", remedy="say why as well: --accept REASON")
        if diff is not None and self.any:
            raise UsageError("--diff only looks", remedy="leave out --accept and --shrink")


def check(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="The folder of strangler.toml, or one below it.")] = Path(),
    diff: Diff = None,
    accept: Accept = None,
    expires: Expires = None,
    shrink: Shrink = False,
    sarif_file: SarifFile = None,
    quality_file: QualityFile = None,
    summary: Summary = None,
    annotations: Marking = None,
    grants: Grants = False,
    role: Roles = None,
    rows: Rows = 10,
    json: Json = False,
) -> None:
    """Fail on new violations of the boundaries in strangler.toml."""
    wish = _Wish(accept, expires, shrink=shrink)
    wish.require_sound(diff)
    if role and not grants:
        raise UsageError("--role is for --grants")
    console = console_of(context)
    project = load_project(path)
    require_boundary(project)
    if grants:
        statements = grant_statements(project, role or (), os.environ)
        if json:
            console.json({"statements": statements})
        else:
            console.result(statements)
        return
    judgement = _judged(context, console, project, wish, diff)
    _report(console, judgement, project, _Files(sarif_file, quality_file, summary), annotations, rows, json=json)
    if not judgement.passes:
        raise typer.Exit(ExitCode.FINDINGS)


def _judged(context: typer.Context, console: Console, project: Project, wish: _Wish, diff: str | None) -> Judgement:
    """Judge everything, or what changed since `diff`; the baseline is written if requested."""
    file = project.folder / FILE_NAME
    if wish.shrink and wish.accept is None and not file.exists():
        raise InputError(
            "there is nothing to shrink: no such file",
            where=str(shown(file)),
            remedy="run: strangler check --accept REASON",
        )
    baseline = load_baseline(file)
    base = None if diff is None else _Base.of(project, diff)
    with progress_of(context) as progress:
        state = _state(project, project.source_root, progress, "check")
        _tell_unknown(console, project, state.system)
        found = state.findings
        if base is not None:
            return _judged_change(project, state, baseline, file, base, progress)
        before, baseline = baseline, _changed(baseline, found, project, wish)
        if wish.any:
            save_baseline(file, baseline)
            console.note(f"wrote {shown(file)}: {quantity(len(baseline.exemptions), 'exemption')}")
        judgement = judge(found, baseline, datetime.now(UTC).date())
        _advise(console, before, judgement, project, accepting=wish.accept is not None)
        return judgement


def _tell_unknown(console: Console, project: Project, system: SystemGraph) -> None:
    """Name the declared tables that no rule can apply to, because the map has no table with that name."""
    known = {table.name for table in system.facts.tables}
    for line in told_of_unknown(project.services.values(), known):
        console.note(line)


@dataclass(frozen=True, slots=True)
class _State:
    """The source at one time: its map, and its violations of the rules."""

    system: SystemGraph
    constraints: Constraints
    findings: tuple[Finding, ...]


def _state(project: Project, root: Path, progress: Progress, cache: str) -> _State:
    """Analyse the source below `root` as it is now, whatever was analysed before."""
    folder = ArtefactStore.beside(project.folder).cache_path / cache
    system = SystemGraph(analyze(shown(root), progress, monolith=project.monolith, cache=folder))
    constraints = load_constraints(constraints_path(project.folder), system)
    own = own_request_findings(system, project, project.services, root)
    crossing = findings(system, table_changes(root, system.facts), project, constraints)
    return _State(system, constraints, ordered((*crossing, *own)))


def _changed(baseline: Baseline, found: tuple[Finding, ...], project: Project, wish: _Wish) -> Baseline:
    if wish.accept is not None:
        if not wish.accept.strip():
            raise UsageError("--accept wants a reason", remedy="say why it is let be: --accept REASON")
        until: date | None = None if wish.expires is None else wish.expires.date()
        if until is not None and until < datetime.now(UTC).date():
            raise UsageError(f"--expires {until} is over", remedy="give a day to come")
        return accepted(baseline, found, project.services, wish.accept, until)
    return shrunk(baseline, found) if wish.shrink else baseline


def _advise(console: Console, before: Baseline, judgement: Judgement, project: Project, *, accepting: bool) -> None:
    """Explain --accept where it would help, and where it did not."""
    if not judgement.new:
        return
    unknown = sorted(project.services.keys() - set(before.services))
    if accepting:
        console.note("--accept takes what a newly declared service brings, and nothing else: mend what is new")
    elif not before.services:
        console.note(f"there is no {FILE_NAME} yet; to begin with what there is: strangler check --accept REASON")
    elif unknown:
        console.note(f"{FILE_NAME} does not know {', '.join(unknown)} yet: strangler check --accept REASON")


def _judged_change(
    project: Project, state: _State, baseline: Baseline, file: Path, base: _Base, progress: Progress
) -> Judgement:
    text = base.repository.file(base.commit, file)
    old = Baseline() if text is None else parse_baseline(text, f"{FILE_NAME} in {base.commit[:12]}")
    with base.repository.folder(base.commit, project.source_root) as folder:
        before = _state(project, folder, progress, "check-base")
    steps = incompatibilities(project.source_root, state.system.facts, before.system.facts)
    owners = declared_ownership(state.system, project.services, state.constraints)
    found = ordered((*state.findings, *incompatible_migrations(steps, owners)))
    return judge_change(found, before.findings, baseline, old)


def _report(
    console: Console,
    judgement: Judgement,
    project: Project,
    files: _Files,
    annotations: Annotations | None,
    rows: int,
    *,
    json: bool,
) -> None:
    prefix = _prefix(project)
    if files.sarif is not None:
        _write(files.sarif, sarif(judgement, version(NAME), prefix))
    if files.code_quality is not None:
        _write(files.code_quality, code_quality(judgement, prefix))
    if files.summary is not None:
        with files.summary.open("a", encoding="utf-8") as page:
            page.write(markdown(judgement, FILE_NAME) + "\n")
    if json:
        console.json(judgement)
        return
    console.terminal.print(CheckPage(printable_parts(judgement), FILE_NAME, rows), soft_wrap=True)
    for line in annotation_lines(judgement, prefix, annotations or _service()):
        console.result(line)


def _write(file: Path, content: object) -> None:
    write_atomic(file, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def _prefix(project: Project) -> str:
    """The path from the top of the repository to the source, for readers that name files from the top."""
    try:
        inside = Repository.around(project.folder).inside(project.source_root)
    except InputError:
        inside = Path(project.monolith.root).as_posix()
    return "" if inside in {"", "."} else f"{inside}/"


def _service() -> Annotations:
    """The CI service that runs this command, recognised by its environment variables."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return Annotations.GITHUB
    return Annotations.AZURE if os.environ.get("TF_BUILD") == "True" else Annotations.NONE
