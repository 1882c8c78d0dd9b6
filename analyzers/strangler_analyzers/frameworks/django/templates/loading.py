"""Finds templates by name, in the order of `django.template.loaders`: folders of the project, then of apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from strangler_analyzers.frameworks.django.templates.nodes import Document
from strangler_analyzers.frameworks.django.templates.parsing import parsed
from strangler_analyzers.source.templates import FOLDER, Template


class TemplateLoader:
    """The templates of a program by name, each parsed on first use."""

    def __init__(self, templates: Iterable[Template], packages: Iterable[str], installed: Iterable[str]) -> None:
        """`packages` are those of the program, `installed` the apps in the order the settings list them."""
        folders = {package.replace(".", "/") for package in packages}
        ranks = {app.replace(".", "/"): rank for rank, app in enumerate(installed)}
        self._chosen: Mapping[str, Template] = {
            template.name: template
            for template in sorted(
                templates, key=lambda item: (_rank(item.file, folders, ranks), item.file), reverse=True
            )
        }
        self._documents: dict[str, Document] = {}

    @property
    def any(self) -> bool:
        """Whether the program has templates at all."""
        return bool(self._chosen)

    def find(self, name: str) -> Document | None:
        """The template that is loaded under a name, if the program has it."""
        if name not in self._documents:
            template = self._chosen.get(name)
            if template is None:
                return None
            self._documents[name] = parsed(template.text, template.file)
        return self._documents[name]


def _rank(file: str, folders: set[str], ranks: Mapping[str, int]) -> tuple[int, int]:
    """Folders outside packages are in DIRS and come first, then installed apps in order, then all others."""
    owner = file.partition(f"{FOLDER}/")[0].rstrip("/")
    if not owner or not any(folder == owner or folder.endswith(f"/{owner}") for folder in folders):
        return 0, 0
    rank = next((rank for app, rank in ranks.items() if f"/{owner}".endswith(f"/{app}")), None)
    return (1, rank) if rank is not None else (2, 0)
