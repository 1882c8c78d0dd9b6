"""The programs that an installation makes of the monolith's functions: its console scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from strangler.model.system import ModuleRole, SystemFacts
from strangler.project import Project

_TARGET = re.compile(r"\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?\s*")
_SETUP_LIST = re.compile(r"""["'](?:console|gui)_scripts["']\s*:\s*[\[(](.*?)[\])]\s*[,}]""", re.DOTALL)
_QUOTED = re.compile(r"""["']([^"'\n]+=[^"'\n]+)["']""")


@dataclass(frozen=True, slots=True, order=True)
class ConsoleScript:
    """A program as an operator starts it: ``tidy-shop`` runs `function`, ``shop.tidy:main``."""

    name: str
    function: str


class _Reference(msgspec.Struct):
    reference: str = ""
    callable: str = ""


class _Project(msgspec.Struct):
    scripts: dict[str, str] = {}
    gui_scripts: dict[str, str] = msgspec.field(default_factory=dict[str, str], name="gui-scripts")


class _Poetry(msgspec.Struct):
    scripts: dict[str, str | _Reference] = {}


class _Tool(msgspec.Struct):
    poetry: _Poetry = msgspec.field(default_factory=_Poetry)


class _Document(msgspec.Struct):
    project: _Project = msgspec.field(default_factory=_Project)
    tool: _Tool = msgspec.field(default_factory=_Tool)


def project_scripts(project: Project, facts: SystemFacts) -> tuple[ConsoleScript, ...]:
    """The programs that the files of the project declare now, beside the monolith's code or above it."""
    files = (module.file for module in facts.modules if module.role is ModuleRole.APPLICATION)
    return console_scripts(project.folder, project.source_root, files)


def console_scripts(top: Path, root: Path, files: Iterable[str]) -> tuple[ConsoleScript, ...]:
    """The programs that `pyproject.toml`, `setup.cfg` and `setup.py` declare, sorted.

    They are looked for beside the code, `files` relative to `root`, and above it as far as `top`. A file that cannot be
    read or understood declares none. Source: the entry points specification of packaging.python.org.
    """
    folders = {root / parent for file in files for parent in PurePosixPath(file).parents} | {root}
    folders |= {parent for parent in root.parents if parent.is_relative_to(top)}
    return tuple(sorted({script for folder in folders for script in _declared(folder)}))


def _declared(folder: Path) -> Iterator[ConsoleScript]:
    for file, read in (("pyproject.toml", _pyproject), ("setup.cfg", _setup_cfg), ("setup.py", _setup_py)):
        try:
            text = (folder / file).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        for name, target in read(text):
            if match := _TARGET.fullmatch(target):
                yield ConsoleScript(name.strip(), f"{match[1]}:{match[2]}")


def _pyproject(text: str) -> Iterator[tuple[str, str]]:
    try:
        document = msgspec.toml.decode(text, type=_Document)
    except (msgspec.DecodeError, RecursionError):
        return
    yield from document.project.scripts.items()
    yield from document.project.gui_scripts.items()
    for name, target in document.tool.poetry.scripts.items():
        yield name, target if isinstance(target, str) else target.reference or target.callable


def _setup_cfg(text: str) -> Iterator[tuple[str, str]]:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except ConfigError:
        return
    for group in ("console_scripts", "gui_scripts"):
        yield from _lines(parser.get("options.entry_points", group, fallback="").splitlines())


def _setup_py(text: str) -> Iterator[tuple[str, str]]:
    for listed in _SETUP_LIST.findall(text):
        yield from _lines(_QUOTED.findall(listed))


def _lines(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, equals, target = line.partition("=")
        if equals:
            yield name, target
