"""Publishes a service's changes until it is told to stop, through failures of its databases and transports."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event

from strangler.model.errors import StranglerError, UnavailableError
from strangler_etl.errors import StalePositionError
from strangler_etl.streams.publication import Publication, Round

_PAUSE_SECONDS = 0.1
_FIRST_RETRY_SECONDS = 0.2
_LAST_RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Publishing:
    """What a publisher needs: `connect` opens databases and transport; `told` hears what each round has done.

    It ends as soon as the project it works by has `changed`, which it checks between two rounds.
    """

    connect: Callable[[], AbstractContextManager[Publication]]
    told: Callable[[Round], None]
    trouble: Callable[[StranglerError], None]
    stop: Event
    changed: Callable[[], bool] = lambda: False

    def once(self) -> None:
        """Publish the changes there are; a database or transport that is unavailable is an error.

        Nothing is published while a move of the authority is under way.
        """
        with self.connect() as publication:
            while not self.stop.is_set():
                done = publication.round()
                self.told(done)
                if not done.more:
                    return

    def run(self) -> None:
        """Publish until `stop` is set, or the project has `changed`; wait for what is unavailable.

        A change that cannot be published is an error: see `Publication.round`.
        """
        retry = _FIRST_RETRY_SECONDS
        while not self._is_over():
            try:
                with self.connect() as publication:
                    retry = _FIRST_RETRY_SECONDS
                    self._publish(publication)
            except UnavailableError as error:
                self.trouble(error)
                self.stop.wait(retry)
                retry = min(2 * retry, _LAST_RETRY_SECONDS)

    def _is_over(self) -> bool:
        return self.stop.is_set() or self.changed()

    def _publish(self, publication: Publication) -> None:
        while not self._is_over():
            try:
                done = publication.round()
            except StalePositionError:
                # Another publisher does the same work.
                self.stop.wait(_PAUSE_SECONDS)
                continue
            self.told(done)
            if not done.more:
                self.stop.wait(_PAUSE_SECONDS)
