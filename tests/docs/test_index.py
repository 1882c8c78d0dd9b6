"""Every page is in the index of pages, and every room in the list of rooms."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROOMS = ("strangler", "analyzers/strangler_analyzers", "gateway/strangler_gateway", "etl/strangler_etl")


def test_the_index_has_every_page() -> None:
    """A page that no index names is found by nobody."""
    listed = re.findall(
        r"^\| \[[^]]+\]\(([^)]+\.md)\)", (PROJECT / "docs" / "README.md").read_text("utf-8"), re.MULTILINE
    )
    pages = {page.name for page in (PROJECT / "docs").glob("*.md")} - {"README.md", "commands.md"}
    assert sorted(name for name in listed if "/" not in name) == sorted(pages)


def test_the_list_of_rooms_has_every_room() -> None:
    """Whoever reads it can say where a change goes."""
    page = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    named = {name for folders in re.findall(r"^\|([^|]+)\|[^|]+\|$", page, re.MULTILINE) for name in folders.split("`")}
    folders = {file.parent.name for room in ROOMS for file in (PROJECT / room).glob("*/__init__.py")}
    assert sorted(folder for folder in folders if not any(name.endswith(f"/{folder}/") for name in named)) == []
