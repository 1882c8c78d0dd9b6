"""The owner of each template: the program in whose folder it lies, or all programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from strangler_analyzers.frameworks.web_packages import DJANGO
from strangler_analyzers.programs.groups import Groups
from strangler_analyzers.programs.packages import Package, topmost
from strangler_analyzers.source.discovery import SourceFile
from strangler_analyzers.source.templates import Template

_TEXT = re.compile(r"""["']([^"'\s]{1,200})["']""")
_LOAD = re.compile(r"\{%-?\s*load\s+([^%]*)%\}")
_LIBRARIES = "templatetags."


@dataclass(frozen=True, slots=True)
class _Page:
    """A template, the templates it names, and the tag libraries it loads."""

    name: str
    folder: str
    named: AbstractSet[str]
    libraries: AbstractSet[str]


class Pages:
    """The templates of a folder, and the packages they connect."""

    def __init__(self, templates: Sequence[Template], files: Sequence[SourceFile]) -> None:
        self._names = {template.name for template in templates}
        self._pages = [_page(template, self._names) for template in templates]
        self._by_name: dict[str, list[int]] = {}
        for position, page in enumerate(self._pages):
            self._by_name.setdefault(page.name, []).append(position)
        self._holding = _packages_below(files)

    def owners(self, groups: Groups) -> list[str | None]:
        """For each template the group in whose folder it lies; None if several groups share the folder."""
        return [self._owner(page.folder, groups) for page in self._pages]

    def _owner(self, folder: str, groups: Groups) -> str | None:
        while folder not in self._holding and folder:
            folder = folder.rpartition("/")[0]
        found = {groups.of(name) for name in self._holding.get(folder, ())}
        return found.pop() if len(found) == 1 else None

    def together(self, joined: Mapping[str, Package], groups: Groups) -> Iterator[tuple[str, ...]]:
        """Apps without a project, each with the sole owners of templates it renders or tags it uses.

        `joined` are the groups. The templates that a project renders are found in the apps its settings name.
        """
        owners = self.owners(groups)
        for group in joined.values():
            if group.uses(DJANGO) and not group.has_urls:
                shown = self._shown(group, owners)
                for name in sorted({self._pages[position].name for position in shown}):
                    found = {owners[position] for position in self._by_name[name]}
                    if group.name not in found and name.partition("/")[0] not in group.imports - joined.keys():
                        yield (group.name, *(owner for owner in found if owner is not None))
                for library in sorted({library for position in shown for library in self._pages[position].libraries}):
                    module = f"{_LIBRARIES}{library}"
                    if module not in group.endings:
                        yield (group.name, *(other.name for other in joined.values() if module in other.endings))

    def _shown(self, group: Package, owners: Sequence[str | None]) -> list[int]:
        """The templates of a group, those its code names, and the shared ones that these name."""
        shown = [position for position, owner in enumerate(owners) if owner == group.name]
        shown += [position for name in sorted(group.texts & self._names) for position in self._by_name[name]]
        seen: set[int] = set()
        for position in shown:  # grows while it is read
            if position not in seen and owners[position] in {group.name, None}:
                for name in sorted(self._pages[position].named):
                    shown.extend(self._by_name[name])
            seen.add(position)
        return sorted(seen)


def _page(template: Template, names: AbstractSet[str]) -> _Page:
    named = frozenset(_TEXT.findall(template.text)) & names
    libraries = frozenset(word for words in _LOAD.findall(template.text) for word in words.split())
    return _Page(template.name, template.file.rpartition("/")[0], named, libraries)


def _packages_below(files: Sequence[SourceFile]) -> dict[str, set[str]]:
    """The topmost packages that have files in or below each folder."""
    found: dict[str, set[str]] = {}
    for file in files:
        folder, name = file.file.rpartition("/")[0], topmost(file.module)
        while name not in found.setdefault(folder, set()):
            found[folder].add(name)
            folder = folder.rpartition("/")[0]
    return found
