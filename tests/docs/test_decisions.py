"""Each decision has a number of its own, begins with it, and is in the list of decisions."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

_DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_no_two_decisions_have_one_number() -> None:
    """Two that are written at the same time take the same; "decision 12" then means either."""
    files = sorted(_DECISIONS.glob("[0-9]*.md"))
    assert [number for number, times in Counter(file.name[:4] for file in files).items() if times > 1] == []
    first = {file.name: file.read_text().partition("\n")[0] for file in files}
    assert [name for name, line in first.items() if not re.match(rf"# 0*{int(name[:4])}\b", line)] == []


def test_the_list_of_decisions_has_every_decision_by_its_title() -> None:
    """Whoever looks for a reason reads one page, not eighty; a row is added with each record (`README.md` there)."""
    rows = re.findall(
        r"^\| \[(\d+)\]\(([^)]+)\) (.+?) \| [a-z-]+ \| [^|]+ \|$", (_DECISIONS / "README.md").read_text(), re.MULTILINE
    )
    titles = {
        file.name: re.sub(r"^# \d+[.:]? ", "", file.read_text().partition("\n")[0])
        for file in sorted(_DECISIONS.glob("[0-9]*.md"))
    }
    assert rows == [(name[:4], name, title) for name, title in titles.items()]
