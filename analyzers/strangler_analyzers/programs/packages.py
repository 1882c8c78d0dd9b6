"""Topmost packages, and modules outside packages, with the combined references of their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from strangler.model.system import ModuleRole
from strangler_analyzers.source.discovery import SourceFile
from strangler_analyzers.source.references import References

_SETTINGS = ("settings", "defaults", "config", "conf")


def topmost(module: str) -> str:
    """The topmost package of a module, or the module itself."""
    return module.partition(".")[0]


def _texts() -> set[str]:
    return set()


@dataclass(slots=True)
class Package:
    """A topmost package or module, or several together; the fields are those of `References`, over all of its files."""

    name: str
    files: list[int] = field(default_factory=list[int])
    """Their positions among all files."""
    modules: set[str] = field(default_factory=_texts)
    endings: set[str] = field(default_factory=_texts)
    """Every dotted suffix of the name of a module or package: ``forms``, ``basket.forms``, ``shop.basket.forms``."""
    imports: set[str] = field(default_factory=_texts)
    texts: set[str] = field(default_factory=_texts)
    words: set[str] = field(default_factory=_texts)
    loaded: set[str] = field(default_factory=_texts)
    tasks: set[str] = field(default_factory=_texts)
    labels: set[str] = field(default_factory=_texts)
    classes: set[str] = field(default_factory=_texts)
    has_urls: bool = False
    lines: int = 0

    def add(self, position: int, file: SourceFile, references: References | None) -> None:
        """Add a file; one that could not be read has no references."""
        self.files.append(position)
        parts = file.module.split(".")
        for end in range(1, len(parts) + 1):
            self.modules.add(".".join(parts[:end]))
            self.endings.update(".".join(parts[start:end]) for start in range(end))
        if references is None:
            return
        self.imports.update(_imported(file, name) for name in references.imports)
        self.texts.update(references.texts)
        self.words.update(references.words)
        if any(part.endswith(_SETTINGS) or part.startswith("settings") for part in parts):
            first = (text.partition("/")[0] for text in references.texts)  # Folders of templates are paths.
            self.words.update(text for text in first if text.isidentifier())
        self.loaded.update(references.loaded)
        self.tasks.update(references.tasks)
        self.labels.update(references.labels)
        self.classes.update(references.classes)
        self.has_urls |= references.has_urls and file.role is ModuleRole.APPLICATION
        self.lines += references.lines

    @classmethod
    def joined(cls, name: str, members: Sequence[Package]) -> Package:
        """Several packages as one."""
        if len(members) == 1:
            return members[0]
        return cls(
            name,
            sorted(position for member in members for position in member.files),
            *(
                set[str]().union(*(member.names()[part] for member in members))
                for part in range(len(members[0].names()))
            ),
            has_urls=any(member.has_urls for member in members),
            lines=sum(member.lines for member in members),
        )

    def names(self) -> tuple[set[str], ...]:
        """The fields that hold names, in their order."""
        own = self.modules, self.endings, self.imports, self.texts
        return *own, self.words, self.loaded, self.tasks, self.labels, self.classes

    def uses(self, framework: AbstractSet[str]) -> bool:
        """Whether a file imports one of the packages of a framework."""
        return not framework.isdisjoint(self.imports)


def packages_of(files: Sequence[SourceFile], references: Iterable[References | None]) -> dict[str, Package]:
    """The topmost packages and modules by name, sorted."""
    found: dict[str, Package] = {}
    for position, (file, read) in enumerate(zip(files, references, strict=True)):
        name = topmost(file.module)
        found.setdefault(name, Package(name)).add(position, file, read)
    return {name: found[name] for name in sorted(found)}


def _imported(file: SourceFile, name: str) -> str:
    """The topmost package that an import means; a relative one may lead out of its own (`Unit.absolute`)."""
    module = name.lstrip(".")
    level = len(name) - len(module)
    inside = file.module.count(".") + (1 if file.is_package else 0)
    return topmost(file.module) if level and level <= inside else topmost(module)
