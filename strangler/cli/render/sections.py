"""The building blocks of every page: headings, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

_TEXTS = frozenset({"owner", "written from"})
"""Columns that hold no numbers, besides the first."""


def section(title: str) -> Sequence[Text]:
    """A heading after an empty line."""
    return [Text(""), Text(title, "bold")]


def more(count: int, where: str = "the report or --json") -> Iterator[Text]:
    """A line with the number of entries that a list omits, and where they are; nothing if it omits none."""
    if count > 0:
        yield Text(f"... and {count} more, see {where}", "dim")


def listed(title: str, lines: Sequence[str], rows: int) -> Iterator[Text]:
    """A heading with the number of lines, and the first `rows` of them; nothing if there are none."""
    if lines:
        yield from section(f"{title} ({figure(len(lines))})")
        for line in lines[:rows]:
            yield Text(line)
        yield from more(len(lines) - rows)


def columns(first: str, *rest: str) -> Table:
    """A table without rules: names aligned left, numbers right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in rest:
        table.add_column(name, justify="left" if name in _TEXTS else "right", overflow="fold")
    return table


def figure(number: int) -> str:
    """A whole number with thousands separators."""
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """A part as a percentage of the whole; a dash if the whole is 0."""
    return f"{100 * part / whole:.1f} %" if whole else "-"
