"""How two databases hash the rows of a comparison alike, where they can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strangler_etl.engine.database import Database
from strangler_etl.mariadb.row_digests import MariaDBRowDigest
from strangler_etl.postgres.row_digests import PostgresRowDigest
from strangler_etl.postgres.row_hashes import common_row_hash
from strangler_etl.values.conversions import Family, family_of


class RowHash(Protocol):
    """The SQL by which a database hashes a row to 60 bits or more."""

    def form(self, expression: str, type_: str) -> str:
        """An SQL expression in the form in which a value for a column of the type is hashed."""
        ...

    def of_key(self, forms: Sequence[str], types: Sequence[str]) -> str:
        """The hash of a key in these forms of values of these types."""
        ...

    def of_row(self, forms: Sequence[str], types: Sequence[str], keys: int) -> str:
        """The hash of a row in these forms of values of these types, the first `keys` of which are its key.

        When rows exchange some values, the sum of their hashes changes.
        """
        ...


def row_hashes(origin: Database, destination: Database, types: Sequence[str]) -> tuple[RowHash, RowHash] | None:
    """How each of the two databases hashes rows of these types; None when they cannot do it alike.

    No two engines write the same document alike.
    """
    if common := common_row_hash(origin, destination):
        return common, common
    engines = (origin.dialect, destination.dialect)
    if engines != ("mariadb", "postgres") or Family.DOCUMENT in map(family_of, types):
        return None
    return MariaDBRowDigest(), PostgresRowDigest()
