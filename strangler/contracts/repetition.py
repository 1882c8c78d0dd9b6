"""Reports repetitions of what may occur only once in a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from strangler.toml_positions import KeyPath
from strangler.toml_section import Document

Named: TypeAlias = tuple[KeyPath, str]
"""The location of something, and its name."""


def report_repeated(source: Document, items: Iterable[Named], what: str) -> None:
    """Report every repeated name at its location: ``the field id stands twice``."""
    seen: set[str] = set()
    for path, name in items:
        if name and name in seen:
            source.report(path, f"the {what} {name} stands twice")
        seen.add(name)
