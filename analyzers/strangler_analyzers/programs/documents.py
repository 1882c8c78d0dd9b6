"""Packages that an OpenAPI document brings together: its application, and the functions it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from strangler_analyzers.frameworks.web_packages import CONNEXION
from strangler_analyzers.programs.packages import Package, topmost
from strangler_analyzers.source.documents import Document

_NAMED = re.compile(r"""(?:operationId|-router-controller|InfoFunc)["']?\s*:\s*["']?([A-Za-z_][\w.]*)""")


def served_together(
    joined: Mapping[str, Package], packages: Mapping[str, str], documents: Sequence[Document]
) -> Iterator[list[str]]:
    """The groups that use connexion, and those of `packages` (package to group) that a document names."""
    using = [group.name for group in joined.values() if group.uses(frozenset({CONNEXION}))]
    if using:
        named = {topmost(name) for document in documents for name in _NAMED.findall(document.text or "")}
        yield [*using, *(packages[name] for name in sorted(named & packages.keys()))]
