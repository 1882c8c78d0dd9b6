"""Which folders the program puts on the import path, as far as its files show it."""

from __future__ import annotations

import re
from pathlib import Path

_SOURCE_FOLDERS = frozenset({"src", "lib"})
_ROOT_MARKERS = ("manage.py", "setup.py", "pyproject.toml", "setup.cfg")
_SETTINGS_MODULE = re.compile(rb"""DJANGO_SETTINGS_MODULE["']\s*,\s*["'](\w+)""")
_MAX_BYTES = 100_000


def is_source_root(folder: Path) -> bool:
    """Whether a folder that is no package looks like one that module names start below."""
    return folder.name in _SOURCE_FOLDERS or any((folder / marker).exists() for marker in _ROOT_MARKERS)


def runs_from(folder: Path) -> bool:
    """Whether a project is started in a folder although that holds an ``__init__.py``.

    ``python manage.py`` puts its own folder on the import path; it is meant so where the settings it names lie below.
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
