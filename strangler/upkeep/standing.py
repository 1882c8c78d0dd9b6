"""How far the packages of a folder are behind their newest releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from packaging.version import Version

from strangler.upkeep.needs import Need
from strangler.upkeep.releases import Releases


class PackageStanding(StrEnum):
    """The state of a package with respect to its newest release."""

    BEHIND = "behind"
    """There is a newer release than the one used or allowed."""
    HELD = "held"
    """It is behind, for a reason that ``[dependencies] hold`` of strangler.toml gives."""
    CURRENT = "current"
    """It is pinned at the newest release."""
    OPEN = "open"
    """It is not pinned, and the newest release is allowed."""
    UNKNOWN = "unknown"
    """The index does not have it."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that a folder depends on.

    `pins` are the versions at which its files pin it, oldest first. `used` is the newest of them, otherwise the newest
    allowed release, None when none is allowed; `newer` counts the releases after that.
    """

    name: str
    standing: PackageStanding
    pins: tuple[str, ...]
    used: str | None
    newest: str | None
    newer: int
    files: tuple[str, ...]
    reason: str | None = None


def packages(needs: Sequence[Need], releases: Releases, holds: Mapping[str, str]) -> tuple[Package, ...]:
    """Return each needed package once, sorted by name; when several files pin it, the newest pin counts."""
    grouped = groupby(sorted(needs, key=lambda need: need.name), key=lambda need: need.name)
    return tuple(_package(name, list(group), releases.get(name, ()), holds.get(name)) for name, group in grouped)


def _package(name: str, needs: list[Need], released: Sequence[Version], reason: str | None) -> Package:
    pins = [need.pinned for need in needs if need.pinned is not None]
    files = tuple(dict.fromkeys(need.file for need in needs if not pins or need.pinned == max(pins)))
    if pins:
        used: Version | None = max(pins)
    else:
        allowed = [version for version in released if all(need.allowed.contains(version) for need in needs)]
        used = allowed[-1] if allowed else None
    newest = released[-1] if released else None
    newer = sum(used is None or version > used for version in released)
    if newest is None:
        standing = PackageStanding.UNKNOWN
    elif newer:
        standing = PackageStanding.BEHIND if reason is None else PackageStanding.HELD
    else:
        standing = PackageStanding.CURRENT if pins else PackageStanding.OPEN
    held = reason if standing is PackageStanding.HELD else None
    spelled = tuple(map(str, sorted(set(pins))))
    return Package(name, standing, spelled, _text(used), _text(newest), newer, files, held)


def apart(found: Mapping[str, Iterable[Package]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the packages that several owners pin at different versions, with the version of each owner."""
    versions: dict[str, dict[str, str]] = {}
    for owner, owned in found.items():
        for package in owned:
            if package.pins and package.used is not None:
                versions.setdefault(package.name, {})[owner] = package.used
    for name, pins in sorted(versions.items()):
        if len(set(pins.values())) > 1:
            yield name, pins


def _text(version: Version | None) -> str | None:
    return None if version is None else str(version)
