"""Text templates: files in folders called ``templates``, which web frameworks address by the rest of the path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass

from strangler_analyzers.source.content import content_of

FOLDER = "templates"
_SUFFIXES = (".html", ".htm", ".txt", ".xml", ".json", ".js", ".csv", ".djhtml", ".email", ".mjml", ".svg")
MAX_BYTES = 512 * 1024
"""Larger files (bytes) are saved pages, not templates."""


@dataclass(frozen=True, slots=True, order=True)
class TemplateFile:
    """A file that may be a template: `name` as used in code, `file` relative to the analysed root."""

    name: str
    file: str
    path: str


@dataclass(frozen=True, slots=True)
class Template:
    """The text of a template."""

    name: str
    file: str
    text: str


def template_name(relative: str) -> str | None:
    """The name by which a file is loaded: its path below the first folder called ``templates``; None outside of one."""
    if not relative.endswith(_SUFFIXES):
        return None
    _, found, name = f"/{relative}".partition(f"/{FOLDER}/")
    return name if found else None


def read_templates(files: Iterable[TemplateFile]) -> tuple[Template, ...]:
    """The templates with their texts; a file that cannot be read is left out."""
    return tuple(template for file in files if (template := _read(file)) is not None)


def _read(file: TemplateFile) -> Template | None:
    try:
        status = os.stat(file.path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return None
        text = content_of(file.path).decode("utf-8", "replace")
        return Template(file.name, file.file, text.replace("\r\n", "\n").replace("\r", "\n"))
    except OSError:
        return None
