"""Reports what may stand only once in a document, where it stands again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from strangler.toml_positions import KeyPath
from strangler.toml_section import Document

Named: TypeAlias = tuple[KeyPath, str]
"""Where something stands, and what it is called."""


def report_repeated(source: Document, items: Iterable[Named], what: str) -> None:
    """Report every name that was there before, at its place; ``the field id stands twice``."""
    seen: set[str] = set()
    for path, name in items:
        if name and name in seen:
            source.report(path, f"the {what} {name} stands twice")
        seen.add(name)
