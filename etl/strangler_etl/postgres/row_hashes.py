"""The SQL by which PostgreSQL hashes a row to 64 bits, equal on every server for equal rows.

The hash functions are those of hash indexes and hash partitions, which is why they stay the same from one version to
the next. Servers of different byte order hash differently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database

_RECORDS_HASHED = 140_000
"""Since this version records have a hash function of their own."""

_SEED = 7_283_640_117
"""With none, the numbers 0.0 and NULL have the same hash."""

_TEXT = re.compile(r"text|character varying(\(\d+\))?")
_PADDED = re.compile(r"character(\(\d+\))?|bpchar")
_HASHED = re.compile(
    r"boolean|smallint|integer|bigint|real|double precision|numeric(\(\d+,-?\d+\))?|uuid|date|bytea|jsonb|inet|cidr"
    r"|macaddr8?|interval(\(\d\))?|time(stamp)?(\(\d\))? with(out)? time zone"
)
_HASHED_ARRAY = re.compile(r"(smallint|integer|bigint|uuid|date)\[\]")


@dataclass(frozen=True, slots=True)
class RowHash:
    """How rows are hashed: as records, or as the text of records, which is slower and tells 1.0 from 1.00."""

    of_records: bool

    def form(self, expression: str, type_: str) -> str:
        """An SQL expression in the form in which a value for a column of the type is hashed.

        What the column would refuse, such as a text that is too long for it, differs from what it can hold.
        """
        if _TEXT.fullmatch(type_):
            # By bytes: a collation may take letters for equal that differ.
            return f'CAST({expression} AS text) COLLATE "C"'
        if _PADDED.fullmatch(type_):
            # Blanks at the end mean nothing; a cast to text drops them.
            return f'CAST(CAST({expression} AS bpchar) AS text) COLLATE "C"'
        if type_ == "json":
            # The order of keys and the blanks between them mean nothing.
            return f"CAST(CAST({expression} AS text) AS jsonb)"
        if _HASHED.fullmatch(type_) or _HASHED_ARRAY.fullmatch(type_):
            return f"CAST({expression} AS {type_})"
        # Types without a hash function, and those that only one of the databases knows. An enumeration's label has a
        # number of its own in every database, and that is what would be hashed.
        return f'CAST({expression} AS text) COLLATE "C"'

    def of(self, forms: Sequence[str]) -> str:
        """The 64-bit hash of these forms."""
        row = f"ROW({', '.join(forms)})"
        if self.of_records:
            return f"hash_record_extended({row}, {_SEED})"
        return f'hashtextextended(CAST({row} AS text) COLLATE "C", {_SEED})'


def common_row_hash(*databases: Database) -> RowHash | None:
    """How all of these databases can hash; None when one of them is not PostgreSQL."""
    if any(database.dialect != "postgres" for database in databases):
        return None
    versions = (database.rows("SELECT current_setting('server_version_num')::integer") for database in databases)
    return RowHash(all(int(str(found[0][0])) >= _RECORDS_HASHED for found in versions))
