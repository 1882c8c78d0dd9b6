"""Changes strangler.toml for the user: comments and order stay, and a change is whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from strangler.model.errors import ConfigurationError, UnavailableError
from strangler.project import Project
from strangler.project_reader import parse_project
from strangler.store import write_atomic

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project file open for changes; nothing reaches the disk before `save`."""

    path: Path
    document: tomlkit.TOMLDocument

    @classmethod
    def read(cls, path: Path) -> ProjectFile:
        """Open a file; ConfigurationError when it is not a valid project file."""
        text = path.read_text(encoding="utf-8")
        parse_project(text, path)
        return cls(path, tomlkit.parse(text))

    def put(self, keys: tuple[str | int, ...], value: object) -> None:
        """Set the value at ``("services", "reviews", "tables")``, making the tables on the way.

        A number is a place in a list that is there: ``("routes", 0, "traffic")``.
        """
        table: Any = self.document
        for key in keys[:-1]:
            if isinstance(key, str) and not isinstance(table.get(key), MutableMapping | list):
                table[key] = tomlkit.table()
            table = table[key]
        table[keys[-1]] = value

    def append(self, text: str) -> Project:
        """Add tables, comments and all, at the end of the file as it stands; ConfigurationError leaves it alone."""
        whole = f"{self.path.read_text(encoding='utf-8').rstrip()}\n{text}"
        project = parse_project(whole, self.path)
        write_atomic(self.path, whole.encode())
        return project

    def has(self, keys: tuple[str | int, ...]) -> bool:
        """Whether something is written at a place such as `put` takes."""
        table: Any = self.document
        for key in keys:
            if isinstance(key, str) and key not in table:
                return False
            table = table[key]
        return True

    def remove(self, keys: tuple[str | int, ...]) -> None:
        """Take away what is written at a place; nothing happens when nothing is."""
        if self.has(keys):
            table: Any = self.document
            for key in keys[:-1]:
                table = table[key]
            del table[keys[-1]]

    def is_empty(self, keys: tuple[str | int, ...]) -> bool:
        """Whether a table is there with nothing in it."""
        table: Any = self.document
        for key in keys:
            table = table[key]
        return not table

    def require_writable(self, project: Project, change: str) -> None:
        """Refuse to begin what could not be saved; `change` tells whoever may write the file what to do in it.

        ConfigurationError when the plan is read-only, UnavailableError when the file may not be written. A file nobody
        may write is left alone although it could be replaced: somebody has made it so.
        """
        if project.gateway.read_only:
            raise ConfigurationError(
                "the file is read-only: read_only = true in [gateway]",
                where=str(self.path),
                remedy=f"where it is made, {change}; the gateways follow the file",
            )
        if not self.path.stat().st_mode & _WRITABLE or not os.access(self.path.parent, os.W_OK):
            raise UnavailableError(
                "the file can not be written",
                where=str(self.path),
                remedy=f"{change} where it is made, or allow writing it and its folder",
            )

    def save(self) -> Project:
        """Write the file and return what it now says; ConfigurationError leaves the old file.

        It ends in one line break, as `append` leaves it: so goes the empty line before a section that was the last.
        """
        text = f"{tomlkit.dumps(self.document).rstrip()}\n"
        project = parse_project(text, self.path)
        write_atomic(self.path, text.encode())
        return project
