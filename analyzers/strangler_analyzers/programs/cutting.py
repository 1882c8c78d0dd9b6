"""Which files make up programs of their own: whatever one may see of another holds them together.

Packages are joined that name each other (`naming`), that show each other's templates (`pages`), and that a framework
would bring together though nothing names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler_analyzers.frameworks.web_packages import DJANGO, FLASK, STARLETTE
from strangler_analyzers.programs.groups import Groups
from strangler_analyzers.programs.naming import looked_up_together, named_together
from strangler_analyzers.programs.packages import Package, packages_of, topmost
from strangler_analyzers.programs.pages import Pages
from strangler_analyzers.source.discovery import SourceFile
from strangler_analyzers.source.references import References
from strangler_analyzers.source.templates import Template


@dataclass(frozen=True, slots=True)
class Piece:
    """The files and the templates of one program, by their positions among all."""

    files: tuple[int, ...]
    templates: tuple[int, ...]


def is_whole(files: Iterable[SourceFile]) -> bool:
    """Whether files can only be one program: they lie in one topmost package."""
    return len({topmost(file.module) for file in files}) <= 1


def pieces(
    files: Sequence[SourceFile],
    references: Iterable[References | None],
    templates: Sequence[Template],
    smallest: int,
) -> tuple[Piece, ...]:
    """The programs, by their first packages; templates that lie in the folder of none in particular belong to all.

    `references` are those of the files, None for one that could not be read. What has fewer lines than `smallest` is no
    program of its own.
    """
    packages = packages_of(files, references)
    pages = Pages(templates, files)
    groups = Groups(packages)
    groups.join_all(named_together(packages))
    joined = _joined(packages, groups)
    count = 0
    while count != len(joined):  # What one rule joins may concern another.
        count = len(joined)
        groups.join_all(_wired_together(joined))
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
    """What uses a framework of which the applications of one program are told apart by how large they are."""
    for web in (FLASK, STARLETTE):
        yield [package.name for package in joined.values() if package.uses(web)]


def _in_one_project(joined: Mapping[str, Package]) -> Iterator[list[str]]:
    """What uses Django and has no settings: apps of the only project there is, or of one that is elsewhere.

    A project hands its settings, and the classes these name, to apps that it need not name in turn. Of several projects
    that do not name an app nobody can tell which one it belongs to.
    """
    projects = [package.name for package in joined.values() if package.has_urls]
    others = [package.name for package in joined.values() if package.uses(DJANGO) and not package.has_urls]
    yield [*others, *projects] if len(projects) == 1 else others


def _with_largest(joined: Mapping[str, Package], smallest: int) -> Iterator[list[str]]:
    """What is not worth being linked by itself, and the largest, with which it goes."""
    largest = max(joined.values(), key=lambda package: package.lines).name
    yield [package.name for package in joined.values() if package.lines < smallest or package.name == largest]
