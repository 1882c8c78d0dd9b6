"""The parts every page is made of: headings, tables, figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

_TEXTS = frozenset({"owner", "written from"})
"""Columns that hold no numbers, besides the first."""


def section(title: str) -> Sequence[Text]:
    """A heading with an empty line above it."""
    return [Text(""), Text(title, "bold")]


def more(count: int, where: str = "the report or --json") -> Iterator[Text]:
    """A line for what a list leaves out, and where it is; nothing when it leaves out nothing."""
    if count > 0:
        yield Text(f"... and {count} more, see {where}", "dim")


def listed(title: str, lines: Sequence[str], rows: int) -> Iterator[Text]:
    """A heading with the number of lines, and the first of them; nothing when there are none."""
    if lines:
        yield from section(f"{title} ({figure(len(lines))})")
        for line in lines[:rows]:
            yield Text(line)
        yield from more(len(lines) - rows)


def columns(first: str, *rest: str) -> Table:
    """A table without lines: names to the left, numbers to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in rest:
        table.add_column(name, justify="left" if name in _TEXTS else "right", overflow="fold")
    return table


def figure(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}"


def share(part: int, whole: int) -> str:
    """A part as per cent of the whole; a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "-"
