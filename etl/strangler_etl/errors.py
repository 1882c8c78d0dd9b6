"""What can go wrong with data on its way.

::

    ConfigurationError
    └── MappingError           the mapping does not fit the two schemas
    UnavailableError
    ├── DatabaseError          a database refuses or does not answer
    │   └── LockTimeoutError   others keep the tables busy
    └── StalePositionError     another process applied changes meanwhile
    InputError
    └── AuthorityError         the service's authority does not allow it now
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.authority import Authority
from strangler.model.errors import ConfigurationError, InputError, UnavailableError


class MappingError(ConfigurationError):
    """The mapping of a table does not fit the schema of the source or of the target."""

    def __init__(self, service: str, table: str, what: str, remedy: str | None = None) -> None:
        super().__init__(what, where=f"[etl.{service}.tables.{table}]", remedy=remedy)
        self.service = service
        self.table = table


class DatabaseError(UnavailableError):
    """A database can not be reached, or refuses a statement; `database` is its address without the password."""

    def __init__(self, database: str, what: str, remedy: str | None = None) -> None:
        super().__init__(what, where=database, remedy=remedy)
        self.database = database


class LockTimeoutError(DatabaseError):
    """Other transactions kept the tables busy for longer than we may wait."""


def busy(database: str, tables: Sequence[str], seconds: float) -> LockTimeoutError:
    """The error for tables that could not be locked in time."""
    return LockTimeoutError(
        database,
        f"other transactions kept {', '.join(sorted(tables))} busy for more than {seconds:g} s",
        "let the long transactions end, and try again",
    )


class StalePositionError(UnavailableError):
    """The stream was moved on by another process: nothing of this batch was written."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"another process has applied the changes of {stream} meanwhile")
        self.stream = stream


class AuthorityError(InputError):
    """What is asked contradicts who may write the service's tables now."""

    def __init__(self, authority: Authority, what: str, remedy: str | None = None) -> None:
        super().__init__(what, where=f"service {authority.service}", remedy=remedy)
        self.authority = authority
