"""The packages that a folder of code depends on, and the versions that its files allow."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from strangler.declared_dependencies import declared_requirements, normalised
from strangler.model.errors import InputError

_LISTS = (
    "pyproject.toml", "setup.cfg", "setup.py", "Pipfile",
    "requirements*.txt", "requirements*.in", "requirements/*.txt", "requirements/*.in",
)  # fmt: skip
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "pylock.*.toml", "Pipfile.lock")
_FROM_ELSEWHERE = re.compile(r"^$|^[-#.]|[/\\]|\$\{")
"""An empty line, option, comment, path, URL or environment reference: not a package of an index."""


@dataclass(frozen=True, slots=True)
class Need:
    """A package and the versions that one file of a folder allows (all by default).

    `name` is normalised (PEP 503), `file` is relative to the folder. `pinned` is the only allowed version, if there is
    just one.
    """

    name: str
    allowed: SpecifierSet
    pinned: Version | None
    file: str


def needs_of(folder: Path) -> tuple[Need, ...]:
    """Return the needs in the requirement lists and lock files at the top of a folder, sorted by name.

    Leaves out requirements for other systems or versions of Python, and packages that do not come from an index. Raises
    InputError for a missing folder or a file that cannot be read.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder))
    found = [need for path in _files(folder, _LISTS) for need in _listed(folder, path)]
    found += [need for path in _files(folder, _LOCKS) for need in _locked(folder, path)]
    return tuple(sorted(found, key=lambda need: (need.name, need.file)))


def _files(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})


def _listed(folder: Path, path: Path) -> Iterator[Need]:
    file = path.relative_to(folder).as_posix()
    for number, line in _whole_lines(declared_requirements(file, _text(path))):
        text = line.partition(" #")[0].partition(" --")[0].strip()
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            if path.suffix in {".txt", ".in"} and not _FROM_ELSEWHERE.search(text):
                what = f"is no requirement: {str(error).partition(chr(10))[0]}"
                raise InputError(what, where=f"{path}:{number}", remedy="pip refuses it as well") from error
            continue
        if requirement.url is None and (requirement.marker is None or requirement.marker.evaluate()):
            yield Need(normalised(requirement.name), requirement.specifier, _pin(requirement.specifier), file)


def _whole_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield lines, joined where they end in a backslash, each with the number of its first line."""
    begun, first = "", 1
    for number, line in enumerate(lines, 1):
        first = first if begun else number
        begun += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield first, begun
            begun = ""
    if begun:
        yield first, begun


def _pin(allowed: SpecifierSet) -> Version | None:
    exact = [each for each in allowed if each.operator in {"==", "==="} and not each.version.endswith(".*")]
    return _version(exact[0].version) if len(exact) == 1 else None


def _locked(folder: Path, path: Path) -> Iterator[Need]:
    """Yield the packages of a lock file, each once, with the newest of its versions for different systems."""
    newest: dict[str, Version] = {}
    for name, text in _lock_entries(path):
        version = _version(text)
        if version is not None and (name not in newest or newest[name] < version):
            newest[name] = version
    for name, version in newest.items():
        yield Need(name, SpecifierSet(f"=={version}"), version, path.relative_to(folder).as_posix())


def _lock_entries(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and version of each package from an index, without those whose source is the project's own folder."""
    text = _text(path)
    try:
        document: object = json.loads(text) if path.name == "Pipfile.lock" else tomllib.loads(text)
    except ValueError as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    if path.name == "Pipfile.lock":
        for group in ("default", "develop"):
            for name, entry in _table(_table(document).get(group)).items():
                version = _table(entry).get("version")
                if isinstance(version, str):
                    yield normalised(name), version.removeprefix("==")
        return
    packages = _table(document).get("package") or _table(document).get("packages")
    for entry in cast("list[object]", packages) if isinstance(packages, list) else ():
        name, version = _table(entry).get("name"), _table(entry).get("version")
        own = {"editable", "virtual", "directory"} & _table(_table(entry).get("source")).keys()
        if isinstance(name, str) and isinstance(version, str) and not own:
            yield normalised(name), version


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
