"""Applications that consist of many topmost packages are not torn apart, and two of them side by side are."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler_analyzers.programs.cutting import pieces
from strangler_analyzers.source.discovery import SourceFile, discover
from strangler_analyzers.source.extraction import read_files
from strangler_analyzers.source.templates import Template, read_templates

pytestmark = pytest.mark.realworld

_TRIFLE = 600
"""Lines of what an installation adds: setup code, a settings folder."""


def _unpacked(application: str) -> Path:
    try:
        return unpacked(application)
    except WheelUnavailableError as error:
        pytest.skip(str(error))


def _lines(*roots: Path) -> list[int]:
    """The lines of each program in one folder with all that lies in these."""
    files: list[SourceFile] = []
    templates: list[Template] = []
    for root in roots:
        discovery = discover(root)
        files += discovery.files
        templates += read_templates(discovery.templates)
    outcomes = read_files(files, SilentProgress(), refer=True)
    references = [outcome.known_references() for outcome in outcomes]
    found = pieces(files, references, templates, 0)
    return [sum(read.lines for position in piece.files if (read := references[position])) for piece in found]


@pytest.mark.parametrize(
    "application",
    ["label-studio==1.23.2", "waldur-mastermind==4.5.1", "openedx-core==1.15.2", "modoboa==2.12.0", "netbox==4.7.3"],
)
def test_an_application_of_many_packages_is_one_program(application: str) -> None:
    """What holds it together are imports and names, not the size of its parts."""
    whole, *rest = sorted(_lines(_unpacked(application)), reverse=True)
    assert whole > 10_000
    assert all(lines < _TRIFLE for lines in rest)


def test_applications_side_by_side_are_told_apart() -> None:
    """Though one has packages called users and core, and the others speak of users and of cores."""
    roots = [_unpacked(name) for name in ("netbox==4.7.3", "pretix==2026.8.0", "django-oscar==4.2.1")]
    assert len(_lines(*roots)) == len(roots)
