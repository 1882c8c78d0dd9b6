"""The folders that the program puts on the import path, as far as its files show."""

from __future__ import annotations

import re
from pathlib import Path

_SOURCE_FOLDERS = frozenset({"src", "lib"})
_ROOT_MARKERS = frozenset({"manage.py", "setup.py", "pyproject.toml", "setup.cfg"})
MARKERS = _ROOT_MARKERS | {"__init__.py"}
"""The files that show whether module names start below their folder."""
_SETTINGS_MODULE = re.compile(rb"""DJANGO_SETTINGS_MODULE["']\s*,\s*["'](\w+)""")
_MAX_BYTES = 100_000


def is_source_root(name: str, held: frozenset[str]) -> bool:
    """Whether module names seem to start below a folder that is not a package, judged by its name or contents."""
    return name in _SOURCE_FOLDERS or not held.isdisjoint(_ROOT_MARKERS)


def runs_from(folder: Path) -> bool:
    """Whether a project is run from a folder although the folder has an ``__init__.py``.

    ``python manage.py`` puts its own folder on the import path; that is
    intended if the settings module it names lies below the folder.
    """
    try:
        with (folder / "manage.py").open("rb") as file:
            settings = _SETTINGS_MODULE.search(file.read(_MAX_BYTES))
    except OSError:
        return False
    if settings is None:
        return False
    package = folder / settings[1].decode("utf-8", "replace")
    return package.is_dir() or package.with_suffix(".py").is_file()
