"""Text templates: files in folders called ``templates``, where web frameworks look for them by the rest of the path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = "templates"
_SUFFIXES = (".html", ".htm", ".txt", ".xml", ".json", ".js", ".csv", ".djhtml", ".email", ".mjml", ".svg")
MAX_BYTES = 512 * 1024
"""Larger files are pages that somebody saved, not templates."""


@dataclass(frozen=True, slots=True, order=True)
class TemplateFile:
    """A file that may be a template: its name as code says it, and the path relative to the analysed root."""

    name: str
    file: str
    path: Path


@dataclass(frozen=True, slots=True)
class Template:
    """The text of a template."""

    name: str
    file: str
    text: str


def template_name(relative: str) -> str | None:
    """The name by which a file is loaded: what stands behind the first folder called ``templates``."""
    folders, found, name = f"/{relative}".partition(f"/{FOLDER}/")
    del folders
    return name if found and name.endswith(_SUFFIXES) else None


def read_templates(files: Iterable[TemplateFile]) -> tuple[Template, ...]:
    """The texts of the files; one that can not be read is no template of the program."""
    return tuple(template for file in files if (template := _read(file)) is not None)


def _read(file: TemplateFile) -> Template | None:
    try:
        if not file.path.is_file() or file.path.stat().st_size > MAX_BYTES:
            return None
        return Template(file.name, file.file, file.path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
