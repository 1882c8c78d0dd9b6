"""What can go wrong while events travel.

::

    UnavailableError
    └── StreamServerError      a server of streams refuses or does not answer
    ConfigurationError
    └── StreamAddressError     the address of a server of streams cannot be one
    InputError
    ├── EventGapError          changes may be missing from the events
    ├── TurnsError             the order of changes on both sides is not known
    ├── UnpublishableError     the event of a change cannot be determined
    ├── ReplayError            the requested replay is not possible
    ├── StreamPutBackError     a stream is not the one that a consumer has read
    ├── ConsumerNameError      two programs share one consumer's name
    ├── UnknownEventError      a consumer has parked no such event
    └── UnknownChangeError     no journal has the change of an event
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.errors import ConfigurationError, ExitCode, InputError, UnavailableError


class StreamServerError(UnavailableError):
    """A server of streams refuses something or does not answer; `server` is its address without the password."""

    def __init__(self, server: str, what: str, remedy: str | None = None) -> None:
        super().__init__(f"the server of streams: {what}", where=server, remedy=remedy)
        self.server = server


class StreamAddressError(ConfigurationError):
    """The address of a server of streams cannot be one, however long one waits; `server` is it without the password."""

    def __init__(self, server: str, what: str) -> None:
        super().__init__(
            f"this address of a server of streams {what}", where=server, remedy="write it as nats://HOST:PORT"
        )
        self.server = server


class EventGapError(InputError):
    """A journal has had a gap since events were last published from it; `reason` says where."""

    def __init__(self, service: str, database: str, reason: str) -> None:
        super().__init__(
            f"changes may be missing from the events of {service}: the journal has a gap: {reason}",
            where=database,
            remedy=f"publish every row that is there, and go on: strangler events replay {service} --rows",
        )
        self.service = service
        self.reason = reason


class UnpublishableError(InputError):
    """The event `event` of a change, or of a row, cannot be determined; `by_rows` if a replay of all rows tells it."""

    def __init__(self, service: str, event: str, what: str, *, by_rows: bool = False) -> None:
        leave_out = f"to leave it out for good: strangler events publish {service} --skip {event}"
        tell = f"to publish every row that is there, and go on: strangler events replay {service} --rows"
        super().__init__(
            what,
            where=f"event {event}",
            remedy=f"nothing behind it is published; {tell if by_rows else leave_out}",
        )
        self.service = service
        self.event = event
        self.by_rows = by_rows


class TurnsError(InputError):
    """Both sides of a service have written in turns since events were published from their journals."""

    def __init__(self, service: str) -> None:
        super().__init__(
            f"v1 and v2 have written {service} by turns since events were published last, and no journal knows in which"
            " order",
            where=f"service {service}",
            remedy=f"publish every row that is there, and go on: strangler events replay {service} --rows",
        )
        self.service = service


class ReplayError(InputError):
    """Events of a service cannot be published again as requested."""

    def __init__(self, service: str, what: str, remedy: str) -> None:
        super().__init__(what, where=f"service {service}", remedy=remedy)
        self.service = service


def all_rows_again(service: str | None) -> str:
    """The command that publishes every row of a service again; without a service, what to put in its place."""
    if service is None:
        return "strangler events replay SERVICE --rows, with the service that publishes the stream"
    return f"strangler events replay {service} --rows"


class StreamPutBackError(InputError):
    """The last message a consumer has read of a stream is gone: the stream's next events may reuse known positions.

    `service` publishes the stream; None where no message is left that names it.
    """

    def __init__(self, consumer: str, stream: str, what: str, service: str | None) -> None:
        super().__init__(
            f"{stream} was put back to an earlier state, or made anew, since {consumer} has read it: {what}",
            where=f"consumer {consumer}",
            remedy=f"end it, empty its tables, let it begin anew: strangler events reset {consumer}; start it, and"
            f" publish every row: {all_rows_again(service)}",
        )
        self.service = service
        self.consumer = consumer
        self.stream = stream


class ConsumerNameError(InputError):
    """Two programs share one inbox and one name but not their streams: each would handle the other's events."""

    def __init__(self, consumer: str, streams: Sequence[str]) -> None:
        super().__init__(
            f"a program of this name follows {', '.join(streams)}, and none of the streams of this one",
            where=f"consumer {consumer}",
            remedy="give one of them a name of its own; where it was this one, with other streams, begin in a minute",
        )
        self.consumer = consumer
        self.streams = tuple(streams)


class UnknownChangeError(InputError):
    """No journal of a service has the change that belongs to this event id."""

    exit_code = ExitCode.USAGE

    def __init__(self, service: str, event: str) -> None:
        super().__init__(
            f"{service} has no event {event} that could be left out",
            remedy=f"what the publisher cannot go on for, with its id: strangler events status {service}",
        )
        self.service = service
        self.event = event


class UnknownEventError(InputError):
    """A consumer has parked no event with this id."""

    exit_code = ExitCode.USAGE

    def __init__(self, consumer: str, event: str) -> None:
        super().__init__(
            f"{consumer} has parked no event {event}", remedy=f"those it has: strangler events parked {consumer}"
        )
        self.consumer = consumer
        self.event = event
