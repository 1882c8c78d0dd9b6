"""The packages a project says it needs, in any of the files Python projects say it in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import PurePosixPath
from typing import cast

_FIRST_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_METADATA_LINE = re.compile(r"^Requires-Dist:(?!.*\bextra\s*==)(.*)$", re.MULTILINE)
_SETUP_LIST = re.compile(r"\binstall_requires\s*=\s*[\[(](.*?)[\])]\s*,?\s*$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"']+)["']""")
_REQUIREMENTS = re.compile(r"(?:^|/)requirements(?:[\w.-]*|/[\w.-]+)\.(?:txt|in)$")

FILE_NAMES = frozenset({"METADATA", "Pipfile", "pyproject.toml", "setup.cfg", "setup.py"})


def declares_dependencies(path: str) -> bool:
    """Whether a file of that path is one that lists what a project needs."""
    return PurePosixPath(path).name in FILE_NAMES or _REQUIREMENTS.search(path) is not None


def declared_dependencies(path: str, text: str) -> frozenset[str]:
    """The names of the packages a file lists, lower case; none when it cannot be understood.

    Extras and groups for development are left out.
    """
    return frozenset(_names(declared_requirements(path, text)))


def declared_requirements(path: str, text: str) -> list[str]:
    """What a file lists line by line, as it is spelled: requirements (PEP 508), options, comments, or names alone."""
    match PurePosixPath(path).name:
        case "METADATA":
            return [str(found) for found in _METADATA_LINE.findall(text)]
        case "pyproject.toml":
            return list(_pyproject(_toml(text)))
        case "Pipfile":
            return list(_texts(_toml(text), "packages"))
        case "setup.cfg":
            return _setup_cfg(text)
        case "setup.py":
            return [name for names in _SETUP_LIST.findall(text) for name in _QUOTED.findall(names)]
        case _:
            return text.splitlines() if declares_dependencies(path) else []


def _names(requirements: Iterable[str]) -> Iterator[str]:
    """What stands first in each requirement (PEP 508), options and comments left out."""
    for requirement in requirements:
        match = _FIRST_NAME.match(requirement)
        if match:
            yield normalised(match[1])


def normalised(name: str) -> str:
    """The name of a package as an index compares it (PEP 503): ``Foo_Bar.Baz`` is ``foo-bar-baz``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pyproject(document: object) -> Iterator[str]:
    yield from _texts(document, "project", "dependencies")
    yield from _texts(document, "tool", "poetry", "dependencies")


def _texts(document: object, *keys: str) -> Iterator[str]:
    """The strings of a list, or the keys of a table, that stand below some keys of a document."""
    for key in keys:
        document = cast("Mapping[str, object]", document).get(key) if isinstance(document, dict) else None
    if isinstance(document, dict | list):
        yield from (item for item in cast("Iterable[object]", document) if isinstance(item, str))


def _setup_cfg(text: str) -> list[str]:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except ConfigError:
        return []
    return parser.get("options", "install_requires", fallback="").splitlines()


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
