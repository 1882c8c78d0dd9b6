"""A relative link of a page leads to a file that is there, and its fragment to a heading of that page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(PROJECT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "sample-monolith/*.md", "sample-monolith/*/*.md")
    for path in PROJECT.glob(pattern)
)


def prose(page: Path) -> str:
    """The text of a page without its code: fenced blocks, indented blocks behind an empty line, and code in a line."""
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(?<=\n\n)(?: {4}.*\n+)+", "", text)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", lambda code: code[0].replace("[", "").replace("]", ""), text)


@cache
def anchors(page: Path) -> frozenset[str]:
    """The fragments of a page, by the rule of GitHub: lower case, no punctuation, a number behind what comes again."""
    seen: Counter[str] = Counter()
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)


def links(page: Path) -> Iterator[str]:
    """The targets of the links and pictures of a page that stay in this repository."""
    for target in re.findall(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)", prose(page)):
        if not re.match(r"[a-z][a-z0-9+.-]*:", target):
            yield target


def is_dead(page: Path, target: str) -> bool:
    """Whether a reader who follows the link finds no file, or no such heading in it."""
    name, _, fragment = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    return not file.exists() or (bool(fragment) and file.suffix == ".md" and fragment not in anchors(file))


def test_no_link_of_a_page_is_dead() -> None:
    """Headings are renamed and pages moved; what leads there is easily forgotten."""
    assert "docs/decisions/0001-one-distribution-several-rooms.md" in PAGES
    dead = {name: [target for target in links(PROJECT / name) if is_dead(PROJECT / name, target)] for name in PAGES}
    assert {name: targets for name, targets in dead.items() if targets} == {}


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    """A page, a heading that comes twice, and code, which holds no links."""
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    other.write_text("# One `code`, two\n\n## Again\n\n## Again\n", encoding="utf-8")
    page.write_text(
        "[a](other.md#one-code-two) [b](other.md#again-1) [c](#here) [`[d]`](gone.md) [e](other.md#again-2)\n"
        "`[f](code.md)`\n\n    [g](code.md)\n\n```\n[h](code.md)\n```\n\n## Here\n",
        encoding="utf-8",
    )
    assert [target for target in links(page) if is_dead(page, target)] == ["gone.md", "other.md#again-2"]
