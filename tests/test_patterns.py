"""What the regular expressions of the project keep to."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_ROOMS = ("strangler", "analyzers", "etl", "gateway")
_GROUP_REPEATED_POSSESSIVELY = re.compile(r"(?:(?<![(\\])|(?<=\\\())\)[*+?]\+")


def test_no_group_is_repeated_possessively() -> None:
    """It does not match rightly before CPython 3.11.5 (gh-106052): an atomic group, ``(?>(?:...)*)``, says the same."""
    found = [
        f"{path.relative_to(_ROOT)}:{number}"
        for room in _ROOMS
        for path in (_ROOT / room).rglob("*.py")
        if "node_modules" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _GROUP_REPEATED_POSSESSIVELY.search(line)
    ]
    assert not found
