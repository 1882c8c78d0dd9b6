"""The output of `strangler dependencies packages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.model.quantity import quantity
from strangler.upkeep.standing import Package, PackageStanding, apart


@dataclass(frozen=True, slots=True)
class Owner:
    """The monolith or a service, and the folder of its code."""

    name: str
    folder: str


@dataclass(frozen=True, slots=True)
class PackagesPage:
    """The packages of each owner: only those that need attention, unless `everything` is wanted."""

    found: Mapping[Owner, Sequence[Package]]
    everything: bool

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        for owner, packages in self.found.items():
            behind = sum(package.standing is PackageStanding.BEHIND for package in packages)
            yield f"{owner.name} ({owner.folder}): {quantity(len(packages), 'package')}, {behind} behind"
            wanted = [each for each in packages if self.everything or each.standing in _LOOKED_AT or len(each.pins) > 1]
            yield from _lines(wanted)
            yield ""
        yield from self._apart()

    def _apart(self) -> Iterator[str]:
        different = list(apart({owner.name: packages for owner, packages in self.found.items()}))
        if different:
            yield "In different versions:"
            for name, pins in different:
                yield f"  {name}: " + ", ".join(f"{owner} {version}" for owner, version in pins.items())
            yield ""


_LOOKED_AT = frozenset({PackageStanding.BEHIND, PackageStanding.HELD, PackageStanding.UNKNOWN})


def _lines(packages: Sequence[Package]) -> Iterator[Text]:
    """A line per package with aligned columns; lines never wrap, whatever the width."""
    rows = [(each.name, each.used or "-", _newest(each), _said(each), ", ".join(each.files)) for each in packages]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield Text(f"  {'  '.join(cells)}".rstrip(), no_wrap=True, overflow="ignore")


def _newest(package: Package) -> str:
    return f"-> {package.newest}" if package.newer else ""


def _said(package: Package) -> str:
    others = f", pinned at {' and '.join(package.pins)}" if len(package.pins) > 1 else ""
    return f"{_standing(package)}{others}"


def _standing(package: Package) -> str:
    match package.standing:
        case PackageStanding.BEHIND if package.used is None:
            return "no release is allowed"
        case PackageStanding.BEHIND:
            return f"{quantity(package.newer, 'release')} behind" + ("" if package.pins else ", as allowed")
        case PackageStanding.HELD:
            return f"held: {package.reason}"
        case PackageStanding.UNKNOWN:
            return "not in the index"
        case PackageStanding.CURRENT | PackageStanding.OPEN:
            return package.standing.value
