"""The source that analyses are timed on: unpacked wheels, read and never executed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wheels import cache_folder, unpacked

_PARTS = ("netbox==4.7.3", "weblate==2026.10.1", "apache-superset==6.1.0", "pretix==2026.8.0", "django-oscar==4.2.1")


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of source; `packages` are the top-level packages in it, `folder` what stands around them."""

    name: str
    folder: Path
    packages: tuple[str, ...]

    def files(self) -> list[Path]:
        """Every Python file, sorted."""
        return sorted(path for package in self.packages for path in (self.folder / package).rglob("*.py"))


def million_lines() -> Corpus:
    """Five applications in one folder: 1,065,000 lines in 4,771 files.

    One folder and one run, as a repository of several deployables has it: their facts are in memory together, and the
    analysis has to find out itself that they do not use each other.

    Raises WheelUnavailableError like `unpacked`.
    """
    return _side_by_side("mloc", _PARTS)


def pretix() -> Corpus:
    """One application: 181,000 lines. Raises WheelUnavailableError."""
    return _side_by_side("pretix", ("pretix==2026.8.0",))


def oscar() -> Corpus:
    """A small application: 43,000 lines. Raises WheelUnavailableError."""
    return _side_by_side("oscar", ("django-oscar==4.2.1",))


def _side_by_side(name: str, requirements: tuple[str, ...]) -> Corpus:
    """The packages of some wheels in a folder of their own: it is edited, the wheels stay as they are."""
    folder = cache_folder().parent / "corpora" / name
    if not (folder / ".complete").exists():
        sources = [unpacked(requirement) for requirement in requirements]
        shutil.rmtree(folder, ignore_errors=True)
        for source in sources:
            for package in _packages(source):
                shutil.copytree(source / package, folder / package)
        (folder / ".complete").touch()
    return Corpus(name, folder, tuple(_packages(folder)))


def _packages(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if (entry / "__init__.py").exists())
