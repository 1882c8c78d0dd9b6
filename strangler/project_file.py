"""Edits strangler.toml for the user: keeps comments and order, and writes each change completely or not at all."""

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
        """Set the value at a path such as ``("services", "reviews", "tables")``, and create missing tables on the way.

        A number is an index into an existing list: ``("routes", 0, "traffic")``.
        """
        table: Any = self.document
        for key in keys[:-1]:
            if isinstance(key, str) and not isinstance(table.get(key), MutableMapping | list):
                table[key] = tomlkit.table()
            table = table[key]
        table[keys[-1]] = value

    def append(self, text: str) -> Project:
        """Append tables, with comments, to the file on disk; ConfigurationError leaves it unchanged."""
        whole = f"{self.path.read_text(encoding='utf-8').rstrip()}\n{text}"
        project = parse_project(whole, self.path)
        write_atomic(self.path, whole.encode())
        return project

    def has(self, keys: tuple[str | int, ...]) -> bool:
        """Whether there is a value at a path as in `put`."""
        table: Any = self.document
        for key in keys:
            if isinstance(key, str) and key not in table:
                return False
            table = table[key]
        return True

    def remove(self, keys: tuple[str | int, ...]) -> None:
        """Remove the value at a path as in `put`; does nothing when there is none."""
        if self.has(keys):
            table: Any = self.document
            for key in keys[:-1]:
                table = table[key]
            del table[keys[-1]]

    def is_empty(self, keys: tuple[str | int, ...]) -> bool:
        """Whether the table at a path is empty."""
        table: Any = self.document
        for key in keys:
            table = table[key]
        return not table

    def require_writable(self, project: Project, change: str) -> None:
        """Refuse to begin a change that could not be saved; `change` tells those who maintain the file what to do.

        ConfigurationError when the plan is read-only, UnavailableError when the file may not be written. A file without
        write permission counts as such although it could be replaced, because somebody has made it so.
        """
        if project.gateway.read_only:
            raise ConfigurationError(
                "the file is read-only: read_only = true in [gateway]",
                where=str(self.path),
                remedy=f"where it is made, {change}; the gateways follow the file",
            )
        if not self.path.stat().st_mode & _WRITABLE or not os.access(self.path.parent, os.W_OK):
            raise UnavailableError(
                "the file cannot be written",
                where=str(self.path),
                remedy=f"{change} where it is made, or allow writing it and its folder",
            )

    def save(self) -> Project:
        """Write the file and return the project it now describes; ConfigurationError leaves the old file.

        It ends in exactly one line break, as `append` leaves it, also after its last section was removed.
        """
        text = f"{tomlkit.dumps(self.document).rstrip()}\n"
        project = parse_project(text, self.path)
        write_atomic(self.path, text.encode())
        return project
