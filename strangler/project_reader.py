"""Reads ``strangler.toml`` strictly: reports all problems of the file at once, each with its position."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from strangler.model.design import LintTerms
from strangler.model.errors import ConfigurationError
from strangler.project import FILE_NAME, Project
from strangler.project_sections.dependencies import read_holds
from strangler.project_sections.design import read_lint_terms
from strangler.project_sections.gateway import read_gateway
from strangler.project_sections.monolith import read_monolith
from strangler.project_sections.routes import read_route
from strangler.project_sections.services import read_service, report_shared
from strangler.project_sections.tables import read_tables
from strangler.project_sections.targets import read_targets
from strangler.toml_positions import key_positions
from strangler.toml_section import Document, Section

_TOML_PLACE = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")


def find_project_file(start: Path) -> Path | None:
    """Return the nearest strangler.toml in `start` or a folder above it; None when there is none."""
    folder = start.resolve()
    return next((path for parent in (folder, *folder.parents) if (path := parent / FILE_NAME).is_file()), None)


def load_project(start: Path) -> Project:
    """Return the project that the file or folder `start` belongs to; ConfigurationError when missing or wrong."""
    if not start.exists():
        # A folder above may have a project, but that is not the one the user meant.
        raise ConfigurationError("there is no such file or folder", where=str(start))
    path = find_project_file(start)
    if path is None:
        raise ConfigurationError(
            f"no {FILE_NAME} here or in a folder above", where=str(start), remedy="run: strangler init"
        )
    return parse_project(read_project_text(path), path)


def read_project_text(path: Path) -> str:
    """Return the text of a project file; ConfigurationError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot be read: {error}", where=str(path)) from error


def parse_project(text: str, path: Path = Path(FILE_NAME)) -> Project:
    """Return the project in a project file's text; ConfigurationError carries every problem found in it."""
    root = root_section(text, str(path))
    project = _project(root, path)
    require_sound(root)
    return project


def root_section(text: str, file: str) -> Section:
    """Return the root section of a user's TOML file, for strict reading; ConfigurationError when it is not TOML."""
    if text.startswith("\ufeff"):
        raise ConfigurationError(
            "begins with a byte-order mark, which TOML does not know",
            where=f"{file}:1:1",
            remedy="save it as UTF-8 without one",
        )
    try:
        values = tomllib.loads(text)
        positions = key_positions(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, text, file) from None
    except RecursionError:
        raise ConfigurationError("values are nested too deeply to be read", where=file) from None
    return Section(Document(file, positions), (), values)


def require_sound(section: Section) -> None:
    """Raise ConfigurationError with all problems found so far in the file of a section, in file order."""
    problems = section.document.problems
    if problems:
        raise ConfigurationError.of(tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))))


def _syntax_error(error: tomllib.TOMLDecodeError, text: str, file: str) -> ConfigurationError:
    match = _TOML_PLACE.fullmatch(str(error))
    what = match["what"] if match else str(error)
    if match and match["line"]:
        place = f"{match['line']}:{match['column']}"
    else:
        last_line = text.rpartition("\n")[2]
        place = f"{text.count(chr(10)) + 1}:{len(last_line) + 1}"
    return ConfigurationError(f"not valid TOML: {what[:1].lower()}{what[1:]}", where=f"{file}:{place}")


def _project(root: Section, path: Path) -> Project:
    gateway = read_gateway(root.section("gateway"))
    services = {
        name: read_service(name, section, gateway.identity)
        for name, section in root.section("services").sections().items()
    }
    routes = root.section_list("routes")
    etl = {name: read_tables(name, section, services) for name, section in root.section("etl").sections().items()}
    targets = read_targets(root.section("targets"))
    project = Project(
        path=path,
        monolith=read_monolith(root.section("monolith")),
        services=services,
        gateway=gateway,
        routes=tuple(read_route(section, services) for section in routes),
        etl={name: mapped.tables for name, mapped in etl.items()},
        targets=targets,
        lint=replace(_lint_terms(root.section("design")), depth=targets.depth),
        holds=read_holds(root.section("dependencies")),
        one_way=frozenset(name for name, mapped in etl.items() if not mapped.way_back),
    )
    report_shared(root.section("services"), services)
    root.close()
    return project


def _lint_terms(section: Section) -> LintTerms:
    terms = read_lint_terms(section.section("lint"))
    section.close()
    return terms
