"""The SQL by which PostgreSQL digests a row to 60 bits as MariaDB can: the MD5 of texts that both write alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.values.conversions import Family, family_of


@dataclass(frozen=True, slots=True)
class PostgresRowDigest:
    """How rows are digested in PostgreSQL; `strangler_etl.mariadb.row_digests` is the other half."""

    def form(self, expression: str, type_: str) -> str:
        """A value for a column of the type as text."""
        match family_of(type_):
            case Family.TRUTH:
                return f"CAST(CAST({expression} AS integer) AS text)"
            case Family.NUMBER if type_ in {"real", "double precision"}:
                return _real(f"CAST({expression} AS double precision)")
            case Family.NUMBER:
                return f"CAST(trim_scale({expression}) AS text)"
            case Family.TEXT if type_.startswith("character("):
                return f"CAST(CAST({expression} AS bpchar) AS text)"
            case Family.BYTES:
                return f"encode({expression}, 'hex')"
            case Family.IDENTIFIER:
                return f"replace(CAST({expression} AS text), '-', '')"
            case Family.MOMENT:
                return f"CAST(CAST(extract(epoch FROM {expression}) * 1000000 AS bigint) AS text)"
            case Family.TIME if not type_.endswith("with time zone"):
                return f"to_char({expression}, 'HH24:MI:SS.US')"
            case _ if type_ == "inet":
                return f"abbrev({expression})"
            case _:
                return f"CAST({expression} AS text)"

    def of_key(self, forms: Sequence[str], types: Sequence[str]) -> str:
        """The 60-bit digest of a key in these forms: each with its length, so that no two are written alike."""
        parts = ", ".join(f"octet_length({form}), ':', {form}" for form in forms)
        return f"CAST(CAST('x' || left(md5(concat({parts})), 15) AS bit(60)) AS bigint)"

    def of_row(self, forms: Sequence[str], types: Sequence[str], keys: int) -> str:
        """The 60-bit digest of a row in these forms."""
        return self.of_key(forms, types)


def _real(number: str) -> str:
    """Sign, significant digits and size: engines differ on where a number gets an exponent."""
    digits = f"btrim(replace(replace(split_part(CAST({number} AS text), 'e', 1), '-', ''), '.', ''), '0')"
    sign = f"CASE WHEN {number} < 0 THEN '-' ELSE '' END"
    # Twice, as the size of a number and of one ten times as large may be rounded to the same.
    size = f"CAST(round(2 * log(abs({number}))) AS integer)"
    return f"CASE {number} WHEN 0 THEN '0' ELSE {sign} || {digits} || 'e' || {size} END"
