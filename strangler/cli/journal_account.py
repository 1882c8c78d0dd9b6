"""The messages of a follower while it runs."""

from __future__ import annotations

from strangler.cli.console import Console
from strangler.model.errors import StranglerError
from strangler.model.quantity import quantity
from strangler.project import FILE_NAME
from strangler_etl.errors import RowRefusedError
from strangler_etl.following.follower import Applied
from strangler_gateway.admin.fleet import GatewaysMissingError

_REFUSED = "; nothing is lost: mend the rows that are in the way, and it goes on by itself"


class FollowingAccount:
    """Reports what is applied, and each obstacle once."""

    def __init__(self, console: Console, service: str) -> None:
        self._console = console
        self._service = service
        self._troubles: set[str] = set()

    def trouble(self, error: StranglerError) -> None:
        """Report what keeps the follower from continuing."""
        if str(error) not in self._troubles:
            self._troubles.add(str(error))
            # Nobody has to repeat the command: it continues by itself.
            missing = isinstance(error, GatewaysMissingError)
            told = f"{error.what}; they are told again until they do" if missing else str(error)
            self._console.note(f"waiting: {told}{_REFUSED if isinstance(error, RowRefusedError) else ''}")

    def edit_unreadable(self, error: StranglerError) -> None:
        """Report that an edit cannot be read."""
        self._console.note(f"warning: {error}; following goes on by what it said before")

    def edit_effective(self) -> None:
        """Report that an edit takes effect."""
        self._troubles.clear()
        self._console.note(
            f"{FILE_NAME} has changed: beginning anew; rows that another mapping brought until now:"
            f" strangler etl run {self._service} --refresh and strangler etl verify {self._service} while v1 has the"
            f" authority, strangler etl verify {self._service} --repair while v2 has it"
        )

    def applied(self, batch: Applied) -> None:
        """Report what a batch has written, and what it could not."""
        self._troubles.clear()
        self._console.detail(f"{batch.stream}: {quantity(batch.upserted, 'row')} written, {batch.deleted} deleted")
        if batch.set_aside:
            aside = f"{quantity(batch.set_aside, 'row')} set aside, as what they refer to is not there"
            self._console.note(f"warning: {aside}; which they are says: strangler etl verify {self._service}")
