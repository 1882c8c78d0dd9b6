"""``strangler init``: write the first strangler.toml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import tomlkit
import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.detection import Detection, Finding, detect, read_marker_files
from strangler.model.errors import ConfigurationError, InputError, UsageError
from strangler.project import FILE_NAME, Project
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project, parse_project
from strangler.store import write_atomic

TEMPLATE = """\
# What strangler should know about this project. Commit this file: it holds intent, no secrets.
# Secrets come from the environment, written ${{NAME}}.

[monolith]
root = {root}
{detected}
database = "${{{database}}}"
upstreams = ["http://127.0.0.1:8000"]

# The gateway in front of the monolith, and every gateway that must follow this plan.
# [gateway]
# listen = "0.0.0.0:8080"
# admin = ["127.0.0.1:9900"]
# token = "${{STRANGLER_ADMIN_TOKEN}}"

# A service to take out: what belongs to it, and where it will run.
# [services.reviews]
# modules = ["shop.reviews"]
# tables = ["reviews_review", "reviews_vote"]
# database = "${{REVIEWS_DATABASE_URL}}"
# upstreams = ["http://127.0.0.1:8100"]
# design = "design/reviews.json5"

# Which requests go to it, in percent; a shadow request is a copy whose answer is only compared.
# [[routes]]
# match = {{ path = "/api/products/{{id}}/reviews", methods = ["GET"] }}
# service = "reviews"
# traffic = {{ v2 = 5, sticky = "cookie:sessionid", shadow = 100 }}

# How the monolith's tables become the service's.
# [etl.reviews.tables.reviews_review]
# target = "review"
# columns = {{ id = {{ key = "uuid" }}, product_id = {{ key = "uuid", of = "catalog_product" }}, \
text = "body", created = "created_at::timestamptz" }}
# drop = ["legacy_score"]
"""


def init(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder of the project.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing strangler.toml.")] = False,
    json: Json = False,
) -> None:
    """Write a strangler.toml from what is found in a folder."""
    console = console_of(context)
    file = path / FILE_NAME
    if _is_there(path, file) and not force:
        raise UsageError("already exists", where=str(file), remedy="use --force to overwrite it")
    if file.exists():
        _require_replaceable(file)
    detection = detect(read_marker_files(path))
    text = render(detection, path.resolve().name)
    write_atomic(file, text.encode())
    if json:
        console.json({"path": str(file), "detected": _detected(detection)})
        return
    console.result(f"wrote {file}")
    for line in _summary(detection, parse_project(text)):
        console.result(line)
    where = "" if path.resolve() == Path.cwd() else f" {path}"
    console.note(f"next: look it over, then run: strangler analyze{where}")


def _require_replaceable(file: Path) -> None:
    """Refuse to overwrite a file that another program maintains; an unreadable file does not count as one."""
    try:
        there, project = ProjectFile.read(file), load_project(file.parent)
    except (ConfigurationError, OSError, UnicodeDecodeError):
        return
    there.require_writable(project, "change it")


def _is_there(folder: Path, file: Path) -> bool:
    """Whether the project file exists; InputError if its folder does not."""
    try:
        if not folder.is_dir():
            raise InputError("is not a folder" if folder.exists() else "there is no such folder", where=str(folder))
        return file.exists()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(folder)) from error


def render(detection: Detection, folder_name: str) -> str:
    """Return the text of a project file for what was detected in a folder with that name."""
    variable = detection.database_variable
    text = TEMPLATE.format(
        root=tomlkit.item(detection.root).as_string(),
        detected="\n".join(_detected_lines(detection)),
        database=variable.value if variable else f"{_variable_prefix(folder_name)}_DATABASE_URL",
    )
    parse_project(text)
    return text


def _detected_lines(detection: Detection) -> list[str]:
    lines = ["# Detected on each run; uncomment a line to settle it."]
    if detection.framework:
        lines.append(f'# framework = "{detection.framework.value}"')
    if detection.settings:
        lines.append(f'# settings = "{detection.settings.value}"')
    if detection.urlconf:
        lines.append(f'# urlconf = "{detection.urlconf.value}"')
    return (
        lines if len(lines) > 1 else ['# framework = "django"   # or flask, fastapi, starlette; detected on each run']
    )


def _summary(detection: Detection, project: Project) -> list[str]:
    framework = _shown(detection.framework) or "not found: set it by hand"
    rows = {"framework": framework, "settings": _shown(detection.settings), "urlconf": _shown(detection.urlconf)}
    engine = _shown(detection.engine)
    rows["database"] = f"{project.monolith.database}{f', {engine}' if engine else ''}"
    return [f"  {name:<10} {value}" for name, value in rows.items() if value]


def _shown(finding: Finding | None) -> str | None:
    return f"{finding.value} ({finding.file})" if finding else None


def _detected(detection: Detection) -> dict[str, str | None]:
    return {
        "root": detection.root,
        "framework": _value(detection.framework),
        "settings": _value(detection.settings),
        "urlconf": _value(detection.urlconf),
        "engine": _value(detection.engine),
        "database_variable": _value(detection.database_variable),
    }


def _value(finding: Finding | None) -> str | None:
    return finding.value if finding else None


def _variable_prefix(folder_name: str) -> str:
    """``my-shop`` -> ``MY_SHOP``; the name of an environment variable must not begin with a digit."""
    name = re.sub(r"[^A-Z0-9]+", "_", folder_name.upper()).strip("_")
    return name if name and not name[0].isdigit() else "MONOLITH"
