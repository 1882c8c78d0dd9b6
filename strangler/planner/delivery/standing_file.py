"""The stored standing of a delivery, so that a killed command can continue: ``.strangler/delivery-NAME.json``."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.errors import UsageError
from strangler.planner.delivery.delivery import DeliveryStanding
from strangler.store import ArtefactStore, Schema

STANDING_SCHEMA = Schema("strangler.delivery", 1)


@dataclass(frozen=True, slots=True)
class StandingFile:
    """Stores the standing of one service's delivery; `target` is the service, or one route of it."""

    store: ArtefactStore
    service: str
    target: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.store.folder / f"delivery-{self.service}.json"

    def read(self) -> DeliveryStanding | None:
        """Return the standing of a delivery under way; UsageError when it is of another target of this service."""
        if not self.path.exists():
            return None
        data = self.store.read_document(self.path, STANDING_SCHEMA, "strangler gateway deliver")
        document = msgspec.json.decode(data, type=_Document)
        if document.target != self.target:
            raise UsageError(
                f"the delivery of {document.target} is under way",
                remedy=f"run: strangler gateway deliver '{document.target}', or forget it with --anew",
            )
        return document.standing

    def write(self, standing: DeliveryStanding) -> None:
        """Store the standing."""
        document = _Document(STANDING_SCHEMA.name, STANDING_SCHEMA.version, self.target, standing)
        self.store.write(self.path, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")

    def remove(self) -> None:
        """Delete the standing of a delivery that is over."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep other commands on this machine from delivering the service; UsageError when one already does."""
        lock = self.path.with_suffix(".lock")
        if not lock.exists():
            self.store.write(lock, b"")
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(f"another command delivers {self.service} at this moment") from None
            yield


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    version: int
    target: str
    standing: DeliveryStanding
