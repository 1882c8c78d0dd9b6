"""The SQL by which MariaDB digests a row to 60 bits as PostgreSQL can: the MD5 of texts that both write alike.

Values that they write differently all the same, such as a time of more than a day, get different digests; reading the
row then shows that it does not differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.mariadb.forms import legible_form
from strangler_etl.values.conversions import Family, family_of


@dataclass(frozen=True, slots=True)
class MariaDBRowDigest:
    """How rows are digested in MariaDB; `strangler_etl.postgres.row_digests` is the other half."""

    def form(self, expression: str, type_: str) -> str:
        """A value for a column of the type (in PostgreSQL's spelling) as text."""
        value = legible_form(expression, type_)
        match family_of(type_):
            case Family.NUMBER if type_ in {"real", "double precision"}:
                return _real(value)
            case Family.NUMBER:
                trimmed = f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {value}))"
                return f"CASE WHEN LOCATE('.', {value}) THEN {trimmed} ELSE CAST({value} AS CHAR) END"
            case Family.TEXT if type_.startswith("character("):
                return f"TRIM(TRAILING ' ' FROM {_text(value)})"
            case Family.BYTES:
                return f"LOWER(HEX({value}))"
            case Family.IDENTIFIER:
                digits = f"CASE WHEN CHARSET({value}) = 'binary' THEN HEX({value}) ELSE {_text(value)} END"
                return f"LOWER(REPLACE({digits}, '-', ''))"
            case Family.MOMENT:
                # A zero date is not a timestamp, but it is not NULL either.
                passed = f"TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {value})"
                return f"CASE WHEN {expression} IS NOT NULL THEN IFNULL({passed}, 'none') END"
            case Family.TIME:
                return f"CAST(CAST({value} AS TIME(6)) AS CHAR)"
            case Family.WHOLE | Family.TRUTH | Family.DAY:
                return f"CAST({value} AS CHAR)"
            case _:
                return _text(value)

    def of_key(self, forms: Sequence[str], types: Sequence[str]) -> str:
        """The 60-bit digest of a key in these forms, each with its length, so that no two keys are written alike."""
        parts = ", ".join(f"IFNULL(CONCAT(OCTET_LENGTH({form}), ':', {form}), ':')" for form in forms)
        return f"CAST(CONV(LEFT(MD5(CONCAT({parts})), 15), 16, 10) AS SIGNED)"

    def of_row(self, forms: Sequence[str], types: Sequence[str], keys: int) -> str:
        """The 60-bit digest of a row in these forms."""
        return self.of_key(forms, types)


def _text(value: str) -> str:
    return f"CONVERT({value} USING utf8mb4) COLLATE utf8mb4_bin"


def _real(number: str) -> str:
    """Sign, significant digits and size: engines differ on where a number gets an exponent."""
    mantissa = f"REPLACE(REPLACE(SUBSTRING_INDEX(CAST({number} AS CHAR), 'e', 1), '-', ''), '.', '')"
    digits = f"TRIM(BOTH '0' FROM {mantissa})"
    sign = f"CASE WHEN {number} < 0 THEN '-' ELSE '' END"
    # Doubled, as the sizes of a number and of one ten times as large may be rounded to the same.
    size = f"CAST(ROUND(2 * LOG10(ABS({number}))) AS SIGNED)"
    return f"CASE {number} WHEN 0 THEN '0' ELSE CONCAT({sign}, {digits}, 'e', {size}) END"
