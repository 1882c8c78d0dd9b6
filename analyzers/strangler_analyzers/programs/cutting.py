"""Splits files into independent programs: any possible reference between two packages keeps them together.

Packages are joined if they name each other (`naming`), render each other's templates (`pages`), or would be brought
together by a framework although nothing names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler_analyzers.frameworks.web_packages import DJANGO, FLASK, STARLETTE
from strangler_analyzers.programs.documents import served_together
from strangler_analyzers.programs.groups import Groups
from strangler_analyzers.programs.naming import looked_up_together, named_together
from strangler_analyzers.programs.packages import Package, packages_of, topmost
from strangler_analyzers.programs.pages import Pages
from strangler_analyzers.source.discovery import SourceFile
from strangler_analyzers.source.documents import Document
from strangler_analyzers.source.references import References
from strangler_analyzers.source.templates import Template


@dataclass(frozen=True, slots=True)
class Piece:
    """The files and templates of one program, as positions in the lists of all."""

    files: tuple[int, ...]
    templates: tuple[int, ...]


def is_whole(files: Iterable[SourceFile]) -> bool:
    """Whether files can only be one program, because they lie in one topmost package."""
    return len({topmost(file.module) for file in files}) <= 1


def pieces(
    files: Sequence[SourceFile],
    references: Iterable[References | None],
    templates: Sequence[Template],
    smallest: int,
    documents: Sequence[Document] = (),
) -> tuple[Piece, ...]:
    """The programs, sorted by their first packages; a template that lies in no program's folder belongs to all.

    `references` are those of the files; None for one that could not be read. A group with fewer than `smallest` lines
    does not become a program of its own.
    """
    packages = packages_of(files, references)
    pages = Pages(templates, files)
    groups = Groups(packages)
    groups.join_all(named_together(packages))
    joined = _joined(packages, groups)
    count = 0
    while count != len(joined):  # A group joined by one rule may trigger another.
        count = len(joined)
        groups.join_all(_wired_together(joined))
        groups.join_all(served_together(joined, {name: groups.of(name) for name in packages}, documents))
        groups.join_all(_in_one_project(joined))
        groups.join_all(looked_up_together(joined))
        groups.join_all(pages.together(joined, groups))
        joined = _joined(packages, groups)
        groups.join_all(_with_largest(joined, smallest))
        joined = _joined(packages, groups)
    owners = pages.owners(groups)
    return tuple(
        Piece(
            tuple(group.files),
            tuple(position for position, owner in enumerate(owners) if owner in {group.name, None}),
        )
        for group in joined.values()
    )


def _joined(packages: Mapping[str, Package], groups: Groups) -> Mapping[str, Package]:
    """Each group as one package, by its name."""
    return {group: Package.joined(group, [packages[name] for name in names]) for group, names in groups.all().items()}


def _wired_together(joined: Mapping[str, Package]) -> Iterator[list[str]]:
    """Packages that use a framework whose applications within one program are distinguished by their size."""
    for web in (FLASK, STARLETTE):
        yield [package.name for package in joined.values() if package.uses(web)]


def _in_one_project(joined: Mapping[str, Package]) -> Iterator[list[str]]:
    """Packages that use Django without settings of their own: apps of the only project, or of one elsewhere.

    A project passes its settings, and the classes they name, to apps that it need not name itself. With several
    projects that do not name an app, it is unknown which one the app belongs to.
    """
    projects = [package.name for package in joined.values() if package.has_urls]
    others = [package.name for package in joined.values() if package.uses(DJANGO) and not package.has_urls]
    yield [*others, *projects] if len(projects) == 1 else others


def _with_largest(joined: Mapping[str, Package], smallest: int) -> Iterator[list[str]]:
    """The groups too small to be linked separately, together with the largest one, which they join."""
    largest = max(joined.values(), key=lambda package: package.lines).name
    yield [package.name for package in joined.values() if package.lines < smallest or package.name == largest]
