"""What the look of a folder says about the monolith in it, without reading all of its code.

Good enough for a first strangler.toml; `strangler analyze` finds out for certain.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from strangler.declared_dependencies import declared_dependencies, declares_dependencies
from strangler.project import Framework

MAX_DEPTH = 5
MAX_BYTES = 200_000
MAX_FILES = 2_000
SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "venv", "env", "build", "dist", "tests", "migrations"})

_ENTRY_FILES = ("manage.py", "wsgi.py", "asgi.py")
_SETTINGS_MODULE = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_URLCONF = re.compile(r"""^ROOT_URLCONF\s*=\s*["']([\w.]+)["']""", re.MULTILINE)
_APPLICATION = re.compile(r"^(?!\s*#).*\b(FastAPI|Flask|Starlette)\(", re.MULTILINE)
_DATABASE_NAME = r"""["']([A-Z][A-Z0-9_]*(?:DATABASE|DB)_UR[LI]|DATABASE_UR[LI])["']"""
_DATABASE_VARIABLE = re.compile(
    rf"(?:\benviron(?:\.get\(|\[)|\bgetenv\(|\b(?:env|config)(?:\.\w+)?\()\s*{_DATABASE_NAME}"
)
"""A name that is read from the environment, by the standard library, django-environ, environs or decouple."""
_DATABASE_KEY = re.compile(_DATABASE_NAME)
"""Any such name: a key of a configuration may be called as its variable is."""
_ENGINES = {
    "postgresql": re.compile(r"django\.db\.backends\.postgresql|postgres(?:ql)?(?:\+\w+)?://|\bpsycopg|\basyncpg\b"),
    "mysql": re.compile(
        r"django\.db\.backends\.mysql|(?:mysql|mariadb)(?:\+\w+)?://|\b(?:pymysql|mysqlclient)\b", re.IGNORECASE
    ),
    "sqlite": re.compile(r"django\.db\.backends\.sqlite3|sqlite(?:\+\w+)?:///|\baiosqlite\b"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact and the file that shows it."""

    value: str
    file: str


@dataclass(frozen=True, slots=True)
class Detection:
    """What is known about a monolith; None is unknown. `root` is relative to the folder looked at."""

    root: str = "."
    framework: Finding | None = None
    settings: Finding | None = None
    urlconf: Finding | None = None
    engine: Finding | None = None
    database_variable: Finding | None = None


def detect(files: Mapping[str, str]) -> Detection:
    """Judge a folder by some of its files: path relative to the folder -> text."""
    by_depth = dict(sorted(files.items(), key=lambda item: (_is_for_tests(item[0]), item[0].count("/"), item[0])))
    return (
        _detect_django(by_depth)
        or _detect_application(by_depth)
        or _detect_dependency(by_depth)
        or Detection(engine=_engine(by_depth))
    )


def read_marker_files(folder: Path) -> Mapping[str, str]:
    """Read the files of a folder that tell most: entry points, settings, requirements."""
    found: dict[str, str] = {}
    for path in _marker_files(folder):
        if len(found) == MAX_FILES:
            break
        try:
            if path.stat().st_size <= MAX_BYTES:
                found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            continue
    return found


def _marker_files(folder: Path) -> Generator[Path]:
    for parent, folders, names in os.walk(folder):
        depth = len(Path(parent).relative_to(folder).parts)
        folders[:] = sorted(
            name for name in folders if depth < MAX_DEPTH and name not in SKIPPED_FOLDERS and name[0] not in "._"
        )
        for name in sorted(names):
            path = Path(parent, name)
            if name.endswith(".py") or declares_dependencies(path.relative_to(folder).as_posix()):
                yield path


def _is_for_tests(path: str) -> bool:
    """Whether a file is one of ``testing/``, ``test_client.py`` or the like: they show what others do not."""
    return any(part.startswith(("test", "conftest")) for part in path.split("/"))


def _detect_django(files: Mapping[str, str]) -> Detection | None:
    for path, text in sorted(files.items(), key=_entry_rank):
        match = _SETTINGS_MODULE.search(text) if path.endswith(".py") else None
        if match:
            folder = PurePosixPath(path).parent
            # `python manage.py` starts in its own folder, even where that holds an __init__.py.
            root = folder if _holds_module(files, folder, match[1]) else _package_parent(files, folder)
            settings = _settings_files(files, root, match[1])
            return Detection(
                root=str(root),
                framework=Finding(Framework.DJANGO, path),
                settings=Finding(match[1], path),
                urlconf=_first(_URLCONF, settings),
                engine=_engine(settings) or _engine(files),
                database_variable=_database_variable(settings),
            )
    return None


def _entry_rank(item: tuple[str, str]) -> int:
    """manage.py first, then what a server starts with; other files keep their order."""
    name = PurePosixPath(item[0]).name
    return _ENTRY_FILES.index(name) if name in _ENTRY_FILES else len(_ENTRY_FILES)


def _settings_files(files: Mapping[str, str], root: PurePosixPath, module: str) -> Mapping[str, str]:
    """The settings module itself first, then its neighbours: it often only refines a base module."""
    stem = root.joinpath(*module.split("."))
    own = {path: text for path, text in files.items() if path in _module_files(stem)}
    beside = {path: text for path, text in files.items() if PurePosixPath(path).parent in (stem, stem.parent)}
    return own | beside


def _holds_module(files: Mapping[str, str], root: PurePosixPath, module: str) -> bool:
    return any(path in files for path in _module_files(root.joinpath(*module.split("."))))


def _module_files(stem: PurePosixPath) -> tuple[str, str]:
    return f"{stem}.py", f"{stem}/__init__.py"


def _detect_application(files: Mapping[str, str]) -> Detection | None:
    for path, text in files.items():
        match = _APPLICATION.search(text) if path.endswith(".py") else None
        framework = Framework(match[1].lower()) if match else None
        if framework and _imports(text, framework):
            return Detection(
                root=str(_package_parent(files, PurePosixPath(path).parent)),
                framework=Finding(framework, path),
                engine=_engine(files),
                database_variable=_database_variable(files),
            )
    return None


def _detect_dependency(files: Mapping[str, str]) -> Detection | None:
    """The framework that is imported most of those the project says it needs; undeclared ones only if none is."""
    declared = {path: declared_dependencies(path, text) for path, text in files.items()}
    importers = {
        framework: [path for path, text in files.items() if path.endswith(".py") and _imports(text, framework)]
        for framework in Framework
    }
    listed = {framework: [path for path, names in declared.items() if framework in names] for framework in Framework}
    candidates = [framework for framework in Framework if listed[framework]] or list(Framework)
    best = max(candidates, key=lambda framework: len(importers[framework]))
    evidence = listed[best] or importers[best]
    if not evidence:
        return None
    code = importers[best][0] if importers[best] else evidence[0]
    return Detection(
        root=str(_package_parent(files, PurePosixPath(code).parent)),
        framework=Finding(best, evidence[0]),
        urlconf=_first(_URLCONF, files) if best is Framework.DJANGO else None,
        engine=_engine(files),
        database_variable=_database_variable(files),
    )


def _imports(text: str, package: str) -> bool:
    return re.search(rf"^\s*(?:from|import)\s+{package}\b", text, re.MULTILINE) is not None


def _package_parent(files: Mapping[str, str], folder: PurePosixPath) -> PurePosixPath:
    while f"{folder}/__init__.py" in files:
        folder = folder.parent
    return folder


def _engine(files: Mapping[str, str]) -> Finding | None:
    for path, text in files.items():
        if PurePosixPath(path).name == "METADATA":
            continue  # Holds the whole description of a package, which may praise every engine it works with.
        for engine, pattern in _ENGINES.items():
            if pattern.search(text):
                return Finding(engine, path)
    return None


def _database_variable(files: Mapping[str, str]) -> Finding | None:
    return _first(_DATABASE_VARIABLE, files) or _first(_DATABASE_KEY, files)


def _first(pattern: re.Pattern[str], files: Mapping[str, str]) -> Finding | None:
    return next((Finding(match[1], path) for path, text in files.items() if (match := pattern.search(text))), None)
