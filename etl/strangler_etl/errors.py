"""What can go wrong while data moves; `strangler_etl.streams.errors` holds the errors about events.

::

    ConfigurationError
    └── MappingError           the mapping does not fit the two schemas
    UnavailableError
    ├── DatabaseError          a database refuses or does not answer
    │   ├── RowRefusedError    a row violates a constraint, or one of its values cannot be converted
    │   │   ├── DuplicateRowError  a row, or one of its unique values, exists already
    │   │   ├── ReferredRowError   a row cannot be deleted, because another one refers to it
    │   │   ├── RefusedRowError    a row of a batch is refused whatever is written before it
    │   │   ├── UnmetReferenceError  a row cannot go back, because what it refers to is not in v1
    │   │   ├── UnfitRowError  a row of the source that the target cannot hold
    │   │   └── TooManyOrphansError  a batch leaves more orphans than may be set aside
    │   ├── MisplacedRowError  a row of v2 has no place of its own in v1
    │   ├── PutBackError       a database was restored to an earlier state
    │   │   └── PrunedError    the reader's database was restored, and the journal was pruned since
    │   ├── SharedKeyError     two rows of the source would be one in the target
    │   └── LockTimeoutError   others keep the tables busy
    ├── StalePositionError     another process applied changes meanwhile
    └── RunUnderWayError       another process copies the service's tables
    InputError
    ├── AuthorityError         the service's authority does not allow it now
    ├── JournalError           changes of a table would be missed
    ├── BackfillError          the target does not hold what the checkpoints say
    ├── TooManyRejectsError    more rows do not fit the target than may be set aside
    └── VerificationError      no verification proves the two databases equal, or it no longer counts
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from strangler.model.authority import Authority
from strangler.model.errors import ConfigurationError, ExitCode, InputError, UnavailableError


class MappingError(ConfigurationError):
    """The mapping of a table does not fit the schema of the source or target; `place` is its line in the file."""

    def __init__(
        self, service: str, table: str, what: str, remedy: str | None = None, place: str | None = None
    ) -> None:
        section = f"[etl.{service}.tables.{table}]"
        super().__init__(what, where=f"{place}: {section}" if place else section, remedy=remedy)
        self.service = service
        self.table = table
        self.place = place


class DatabaseError(UnavailableError):
    """A database cannot be reached, or refuses a statement; `database` is its address without the password."""

    def __init__(self, database: str, what: str, remedy: str | None = None) -> None:
        super().__init__(what, where=database, remedy=remedy)
        self.database = database


class RowRefusedError(DatabaseError):
    """A row violates a constraint, or one of its values cannot be converted; other rows may pass without it."""


class DuplicateRowError(RowRefusedError):
    """A row to be inserted, or one of its unique values, exists already."""

    def __init__(self, database: str, what: str) -> None:
        super().__init__(
            database,
            what,
            "of the two rows with one value, change or delete the wrong one, on the side that takes the writes, and run"
            " the command again; a follower goes on by itself",
        )


class ReferredRowError(RowRefusedError):
    """Rows of `table` that the other side has deleted cannot be deleted here: rows of unfollowed `child` refer to them.

    `referring` says which rows.
    """

    def __init__(self, database: str, table: str, child: str, referring: str, remedy: str) -> None:
        what = f"rows of {table} were deleted on the other side, and {referring} still refer to them here"
        super().__init__(database, what, remedy)
        self.table = table
        self.child = child
        self.referring = referring


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A row, by its key in text form, of a table of a database, whose address contains no password."""

    database: str
    table: str
    key: str

    def __str__(self) -> str:
        """The row in the words of a message to users."""
        return f"the row {self.key} of {self.table}"


class RefusedRowError(RowRefusedError):
    """The `row` cannot be written or deleted, whatever else of its batch is done first.

    `said` is the database's reason. On the way back, `in_v2` is the same row in v2.
    """

    def __init__(self, row: RowPlace, said: str, in_v2: RowPlace | None = None) -> None:
        if in_v2 is None:
            what, mend = str(row), "change or delete it on the side that takes the writes"
        else:
            what = f"{in_v2} in v2, which is {row.key} of {row.table} here,"
            mend = f"change or delete it in v2, in {in_v2.database}"
        remedy = f"{mend}, or change what refuses it here; a follower goes on by itself"
        super().__init__(row.database, f"{what} is refused: {said}", remedy)
        self.row = row
        self.said = said
        self.in_v2 = in_v2


class UnmetReferenceError(RowRefusedError):
    """Rows of v2's `table` cannot go back: v1 lacks the rows they refer to; `keys` are the keys of the rows in v2."""

    def __init__(self, database: str, table: str, keys: Sequence[str], what: str, remedy: str) -> None:
        super().__init__(database, what, remedy)
        self.table = table
        self.keys = tuple(keys)


class MisplacedRowError(DatabaseError):
    """A row of v2 has no place of its own in v1; nothing of its batch was written, and nothing in v1 overwritten.

    `table` and `key` name the row, of v2 or of v1, that is in the way.
    """

    def __init__(self, database: str, table: str, key: str, what: str, remedy: str) -> None:
        super().__init__(database, f"the row {key} of {table} {what}", f"{remedy}; the follower then goes on by itself")
        self.table = table
        self.key = key


class PutBackError(DatabaseError):
    """A database knows less than was already read of it: it was restored to an earlier state, or is another one.

    Nothing is applied until both sides have been compared.
    """

    def __init__(
        self,
        database: str,
        what: str = "it was put back to an earlier state than the other side has seen, as from a backup: what is new"
        " is not known",
    ) -> None:
        super().__init__(database, what, _take_one_state("SERVICE"))

    def of(self, service: str) -> Self:
        """The error, whose remedy names the service; a journal does not know for which one it is read."""
        self.remedy = _take_one_state(service)
        return self


def _take_one_state(service: str) -> str:
    return (
        f"while v1 has the authority, give v2 its state: strangler etl run {service} --refresh; while v2 has it, see"
        f" what only v1 has left: strangler etl verify {service}, write to v2 what it should keep of that, then give"
        " v1 the state of v2: the same with --repair"
    )


class PrunedError(PutBackError):
    """A journal no longer holds what is to be applied: the reader was restored to before what was pruned since."""

    def __init__(self, database: str, table: str) -> None:
        super().__init__(
            database,
            f"its journal of {table} was pruned beyond what the other side has seen, which was put back to an earlier"
            " state, as from a backup: what changed in between is not known",
        )
        self.table = table


class SharedKeyError(DatabaseError):
    """Two rows of a source table, with the keys `keys`, would be one row of the target."""

    exit_code = ExitCode.INPUT

    def __init__(self, database: str, table: str, source_key: str, target_key: str, keys: tuple[str, str]) -> None:
        super().__init__(
            database,
            f"several rows of {table} have the same {target_key} in the target: {' and '.join(keys)}",
            f"make their {source_key} differ there too, or delete one; or derive the key:"
            f' {target_key} = {{ key = "uuid" }}',
        )
        self.table = table
        self.keys = keys


class LockTimeoutError(DatabaseError):
    """Other transactions kept the tables busy for longer than we may wait."""


class UnfitRowError(RowRefusedError):
    """A row of the source holds something that the target's column cannot; `row` is its key for users."""

    def __init__(self, database: str, table: str, row: str, what: str) -> None:
        super().__init__(
            database,
            f"the row of {table} with the {row} does not fit: {what}",
            "mend the row, or say in the mapping what becomes of it; then run this command again",
        )
        self.table = table
        self.row = row


class TooManyOrphansError(RowRefusedError):
    """A batch would leave `count` orphans, more than a follower may set aside at once.

    `example` names one of them by key and table, and `reason` says which row it lacks.
    """

    def __init__(self, database: str, service: str, count: int, example: str, reason: str) -> None:
        super().__init__(
            database,
            f"{count} rows would refer to none, more than may be set aside at once, such as {example}: {reason}",
            f"see whether they should be gone; to set them aside: strangler journal follow {service} --max-rejects N",
        )
        self.count = count
        self.example = example
        self.reason = reason


def busy(database: str, tables: Sequence[str], seconds: float) -> LockTimeoutError:
    """The error for tables that could not be locked in time."""
    return LockTimeoutError(
        database,
        f"other transactions kept {', '.join(sorted(tables))} busy for more than {seconds:g} s",
        "let the long transactions end first",
    )


class StalePositionError(UnavailableError):
    """Another process has moved the stream on; nothing of this batch was written."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"another process has applied the changes of {stream} meanwhile")
        self.stream = stream


class RunUnderWayError(UnavailableError):
    """Another process copies the tables of the service; `holder` says which."""

    def __init__(self, service: str, holder: str) -> None:
        super().__init__(
            f"etl run is under way: {holder}",
            where=f"service {service}",
            remedy=f"let it finish, or end it; how far it is says: strangler etl status {service}",
        )
        self.service = service
        self.holder = holder


class AuthorityError(InputError):
    """The request contradicts who may write the service's tables now."""

    def __init__(self, authority: Authority, what: str, remedy: str | None = None) -> None:
        super().__init__(what, where=f"service {authority.service}", remedy=remedy)
        self.authority = authority


class JournalError(InputError):
    """Changes of tables are not journaled, or would be read as changes of other rows; `faults` maps table -> reason."""

    def __init__(
        self,
        service: str,
        database: str,
        faults: Mapping[str, str],
        *,
        copied: bool = False,
        published: bool = False,
    ) -> None:
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for table, what in sorted(faults.items()):
            alike[what].append(table)
        said = "; ".join(f"{', '.join(of)}{': each' if of[1:] else ''} {what}" for what, of in alike.items())
        compare = f", then: strangler etl verify {service} --repair" if copied else ""
        compare += f", then: strangler events replay {service} --rows" if published else ""
        super().__init__(
            f"changes would be missed or misread: {said}",
            where=database,
            remedy=f"run: strangler journal install {service}{compare}",
        )
        self.service = service
        self.faults = dict(faults)


class BackfillError(InputError):
    """The target's tables and their checkpoints contradict each other, or are incomplete."""

    def __init__(self, service: str, what: str, remedy: str) -> None:
        super().__init__(what, where=f"service {service}", remedy=remedy)
        self.service = service


class TooManyRejectsError(InputError):
    """More rows of a source table do not fit the target than may be set aside; `key` and `reason` describe one."""

    def __init__(self, service: str, table: str, key: str, reason: str) -> None:
        super().__init__(
            f"more rows of {table} do not fit the target than may be set aside, such as {key}: {reason}",
            where=f"service {service}",
            remedy=f"mend rows or mapping, or allow more: strangler etl run {service} --max-rejects N",
        )
        self.service = service
        self.table = table
        self.key = key
        self.reason = reason


class WayBackError(InputError):
    """Rows that v2 has written have not gone back to v1 yet."""

    def __init__(self, service: str) -> None:
        super().__init__(
            "what v2 has written may still go back to v1: nobody has given that up",
            where=f"service {service}",
            remedy=f"to do without a rollback, end what follows, and go on with: strangler journal follow {service}"
            " --no-way-back",
        )
        self.service = service


class VerificationError(InputError):
    """No verification of the service counts at present; `doubt` says why."""

    def __init__(self, service: str, doubt: str) -> None:
        super().__init__(
            doubt,
            where=f"service {service}",
            remedy=f"run: strangler etl verify {service}",
        )
        self.service = service
