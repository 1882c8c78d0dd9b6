"""Each decision has a number of its own, and begins with it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

_DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_no_two_decisions_have_one_number() -> None:
    """Two that are written at the same time take the same; "decision 12" then means either."""
    files = sorted(_DECISIONS.glob("*.md"))
    assert [number for number, times in Counter(file.name[:4] for file in files).items() if times > 1] == []
    first = {file.name: file.read_text().partition("\n")[0] for file in files}
    assert [name for name, line in first.items() if not re.match(rf"# 0*{int(name[:4])}\b", line)] == []
