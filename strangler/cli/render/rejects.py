"""Rows that were set aside, and the style of lines about a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from strangler_etl.run.rejects import Reject

_LISTED = 10
"""The most rows per table that are listed one by one."""


def reject_lines(rejects: Sequence[Reject]) -> Iterator[Text]:
    """The first rows that were set aside, and the number of the others."""
    for reject in rejects[:_LISTED]:
        yield line(f"{reject.table} {reject.key}: set aside: {reject.reason}")
    if len(rejects) > _LISTED:
        yield line(f"{rejects[0].table}: {len(rejects) - _LISTED:,} more set aside")


def mend_line(service: str) -> Text:
    """What to do about rows that were set aside."""
    return line(f"mend them in the source, or the mapping, and run again: strangler etl run {service}")


def reject_record(reject: Reject) -> Mapping[str, object]:
    """A row that was set aside, without its values."""
    return {"table": reject.table, "key": reject.key, "reason": reject.reason}


def line(text: str) -> Text:
    """A line that never wraps."""
    return Text(text, no_wrap=True, overflow="ignore")
