"""The output of `strangler etl verify`: differing rows one by one, and then each table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType

from strangler.cli.render.rejects import line, mend_line, reject_lines, reject_record
from strangler.model.authority import Side
from strangler.model.quantity import quantity
from strangler_etl.verification.comparison import ColumnDifference, Difference
from strangler_etl.verification.verification import Verification, VerifiedTable

_SHOWN = 20
"""The most differences per table that are printed as lines."""


@dataclass(frozen=True, slots=True)
class VerificationLines:
    """Every difference with its key, then what was compared; values are shown only on request.

    After a repair, the differences are those that it could not fix.
    """

    found: Verification
    show_values: bool
    repaired: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        for table in self.found.tables:
            shown = table.differences[:_SHOWN]
            for difference in shown:
                yield line(_difference_line(difference, self.show_values))
            if more := table.differing - len(shown):
                listed = f"; --json lists {len(table.differences):,}" if table.differences[_SHOWN:] else ""
                yield line(f"{table.table}: {more:,} more{listed}")
            yield from reject_lines(table.rejects)
        width = max((len(table.table) for table in self.found.tables), default=0)
        for table in self.found.tables:
            yield line(_table_line(table, width))
        rows = f"{quantity(self.found.rows, 'row')} compared"
        outcome = f"{self.found.differing:,} differ" if self.found.differing else "all equal"
        aside = f"; {quantity(self.found.set_aside, 'row')} set aside" if self.found.set_aside else ""
        yield line(f"{self.found.service}: {rows}, {outcome}{aside}")
        if self.found.standing_still is not None:
            yield line(
                f"what is on its way was not compared, as the follower stands still: {self.found.standing_still}"
            )
        if self.found.put_back is not None:
            yield line(f"nothing is followed until it is said what is right: {self.found.put_back}")
        if aside:
            yield mend_line(self.found.service)
        if self.found.differing and self.repaired:
            yield line(self._left)
        elif self.found.differing:
            yield line(f"mend them: strangler etl verify {self.found.service} --repair")

    @property
    def _left(self) -> str:
        """What to do about differences that a repair has not fixed."""
        if not self.found.followed:
            return (
                "what v1 has written meanwhile is among these, as its changes are not followed:"
                f" strangler etl verify {self.found.service} --repair mends them, too"
            )
        if self.found.authority is Side.V1:
            look = f"strangler journal status {self.found.service}"
            return f"no repair mends these: see whether the journals are whole: {look}"
        return (
            "no repair mends these: they wait for another part of their row, or for the row that leads it. Write that"
            " in v2, delete what is alone, or say what v1 gets instead: reverse = { ... } in the mapping of the part."
            " What refers to no row, or is of no kind, v2 alone can mend"
        )


def verification_record(found: Verification, show_values: bool) -> Mapping[str, object]:
    """The verification as JSON."""
    return {
        "service": found.service,
        "authority": found.authority,
        "clean": found.clean,
        "standing_still": found.standing_still,
        "put_back": None if found.put_back is None else str(found.put_back),
        "rows": found.rows,
        "position": found.position,
        "tables": [
            {
                "table": table.table,
                "origin": table.origin,
                "rows": table.rows,
                "pending": table.pending,
                "differing": table.differing,
                "set_aside": [reject_record(reject) for reject in table.rejects],
                "differences": [_difference_record(difference, show_values) for difference in table.differences],
            }
            for table in found.tables
        ],
    }


def _difference_record(difference: Difference, show_values: bool) -> Mapping[str, object]:
    def column(one: ColumnDifference) -> Mapping[str, object]:
        return {"name": one.name, **({"expected": one.expected, "found": one.found} if show_values else {})}

    return {
        "key": difference.key,
        "kind": difference.kind,
        "origin_key": difference.origin_key,
        "columns": [column(one) for one in difference.columns],
    }


def _difference_line(difference: Difference, show_values: bool) -> str:
    origin = f" ({difference.origin}: {difference.origin_key})" if difference.origin_key else ""
    columns = ", ".join(_column(column, show_values) for column in difference.columns)
    return f"{difference.table} {difference.key}{origin}: {difference.kind}{f' in {columns}' if columns else ''}"


def _column(column: ColumnDifference, show_values: bool) -> str:
    return f"{column.name} ({column.expected!r} is {column.found!r})" if show_values else column.name


def _table_line(table: VerifiedTable, width: int) -> str:
    origin = "" if table.origin is Side.V1 else " (as v2 says)"
    waiting = "all rows on their way" if table.pending is None else f"{quantity(table.pending, 'key')} on their way"
    pending = f"; {waiting}" if table.pending != 0 else ""
    return f"{table.table:<{width}}  {table.rows:>12,} rows compared, {table.differing:,} differ{origin}{pending}"
