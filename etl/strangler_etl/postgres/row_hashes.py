"""The SQL by which PostgreSQL hashes a row to 64 bits, equal on every server for equal rows.

The hash functions are those of hash indexes and hash partitions, which is why they stay the same from one version to
the next. Servers of different byte order hash differently.

A record's hash is the sum of its columns' hashes times constant factors. So each row is hashed with a seed derived from
its key: with one seed for all, rows that have exchanged the values of a column would have the same sum of hashes. And
what the hash of a type leaves out, since it only has to be the same for equal values, is hashed in addition (the sign
of a numeric, half of a bigint) or as text (the nesting of a document, the dimensions of an array, whether an interval
is in days or months, a time and its zone, which are added up). Of a timestamp 32 bits are hashed: one in 2**32 is taken
for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database

_RECORDS_HASHED = 140_000
"""The first version in which records have a hash function of their own."""

_SEED = 7_283_640_117
"""Without a seed, 0.0 and NULL have the same hash."""

_TEXT = re.compile(r"text|character varying(\(\d+\))?")
_PADDED = re.compile(r"character(\(\d+\))?|bpchar")
_FINITE = re.compile(r"numeric\(\d+,-?\d+\)")
_WHOLE = ("smallint", "integer", "bigint")
_HASHED = re.compile(
    r"boolean|smallint|integer|bigint|real|double precision|numeric(\(\d+,-?\d+\))?|uuid|date|bytea|inet|cidr|macaddr8?"
    r"|timestamp(\(\d\))? with(out)? time zone|time(\(\d\))? without time zone"
)
_ZONED_TIME = re.compile(r"time(\(\d\))? with time zone")


@dataclass(frozen=True, slots=True)
class RowHash:
    """How rows are hashed: as records, or as the text of records, which is slower and distinguishes 1.0 from 1.00."""

    of_records: bool

    def form(self, expression: str, type_: str) -> str:
        """An SQL expression in the form in which a value for a column of the type is hashed.

        What the column would refuse, such as a text that is too long for it, differs from what it can hold.
        """
        if _TEXT.fullmatch(type_):
            # By bytes: a collation may take different letters for equal.
            return f'CAST({expression} AS text) COLLATE "C"'
        if _PADDED.fullmatch(type_):
            # Trailing blanks are insignificant; a cast to text drops them.
            return f'CAST(CAST({expression} AS bpchar) AS text) COLLATE "C"'
        if type_ in {"json", "jsonb"}:
            # The order of keys and the blanks between them are insignificant.
            document = expression if type_ == "jsonb" else f"CAST({expression} AS text)"
            return f'CAST(CAST({document} AS jsonb) AS text) COLLATE "C"'
        if _HASHED.fullmatch(type_):
            return f"CAST({expression} AS {type_})"
        if _ZONED_TIME.fullmatch(type_):
            return f'CAST(CAST({expression} AS {type_}) AS text) COLLATE "C"'
        # Types without a hash function, or whose hash covers too little, or that only one of the databases knows. An
        # enumeration's label has a different number in every database, and the number is what would be hashed.
        return f'CAST({expression} AS text) COLLATE "C"'

    def of_key(self, forms: Sequence[str], types: Sequence[str]) -> str:
        """The 64-bit hash of a key in these forms."""
        return self._of(forms, types, str(_SEED))

    def of_row(self, forms: Sequence[str], types: Sequence[str], keys: int) -> str:
        """The 64-bit hash of a row in these forms, the first `keys` of which are its key."""
        if not self.of_records:
            return self.of_key(forms, types)
        if keys == 1 and types[0] in _WHOLE:
            number = f"coalesce(CAST({forms[0]} AS bigint), 0)"
            # Values such as 0.0 are hashed to the bare seed, which must therefore identify the row.
            seed = f"hashint8extended({number}, {_SEED}) # {number}"
            # The seed covers the whole key.
            types = ("integer", *types[1:])
        else:
            seed = self.of_key(forms[:keys], types[:keys])
        return self._of(forms, types, seed)

    def _of(self, forms: Sequence[str], types: Sequence[str], seed: str) -> str:
        if not self.of_records:
            return f'hashtextextended(CAST(ROW({", ".join(forms)}) AS text) COLLATE "C", {seed})'
        parts = [part for form, type_ in zip(forms, types, strict=True) for part in (form, *_left_out(form, type_))]
        return f"hash_record_extended(ROW({', '.join(parts)}), {seed})"


def _left_out(form: str, type_: str) -> Iterator[str]:
    """The SQL of what a type's hash leaves out of a value."""
    if type_ == "bigint":
        yield f"CAST({form} >> 32 AS integer)"
    elif _FINITE.fullmatch(type_):
        yield f"{form} < 0"
    elif type_ == "numeric":
        yield f"CASE WHEN {form} < 0 THEN 1 WHEN {form} < 'Infinity' THEN 2 WHEN {form} < 'NaN' THEN 3 ELSE 4 END"


def common_row_hash(*databases: Database) -> RowHash | None:
    """The hash that all of these databases can compute; None when one of them is not PostgreSQL."""
    if any(database.dialect != "postgres" for database in databases):
        return None
    versions = (database.rows("SELECT current_setting('server_version_num')::integer") for database in databases)
    return RowHash(all(int(str(found[0][0])) >= _RECORDS_HASHED for found in versions))
