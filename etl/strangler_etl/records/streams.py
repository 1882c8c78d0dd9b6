"""How far the changes of one side are applied to the other: kept on the side that applies them, with the rows."""

from __future__ import annotations

from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.errors import StalePositionError


def forward_stream(service: str) -> str:
    """The name of the stream from v1 to v2."""
    return f"{service}:v1"


def backward_stream(service: str) -> str:
    """The name of the stream from v2 to v1."""
    return f"{service}:v2"


def read_position(destination: Database, stream: str) -> StreamPosition:
    """How far a stream has come; the beginning when it was never applied."""
    found = destination.rows(
        f"SELECT position, read_at FROM {destination.own('stream_position')} WHERE stream = {destination.placeholder}",
        [stream],
    )
    if not found:
        return StreamPosition(None, 0.0)
    position, read_at = found[0]
    return StreamPosition(None if position is None else str(position), float(str(read_at)))


def advance_position(destination: Database, stream: str, expected: StreamPosition, new: StreamPosition) -> None:
    """Move a stream on, in the transaction that writes its rows.

    Raises StalePositionError when the stream is not where it is expected: another process has moved it.
    """
    table, mark = destination.own("stream_position"), destination.placeholder
    destination.execute(destination.insert_new(table, ("stream", "position", "read_at"), "stream"), [stream, None, 0])
    unchanged = "position IS NULL" if expected.position is None else f"position = {mark}"
    changed = destination.execute(
        f"UPDATE {table} SET position = {mark}, read_at = {mark} WHERE stream = {mark} AND {unchanged}",
        [new.position, new.read_at, stream, *([] if expected.position is None else [expected.position])],
    )
    if changed != 1:
        raise StalePositionError(stream)


def keep_position(destination: Database, stream: str, expected: StreamPosition) -> None:
    """Keep a stream at its position until the end of this transaction.

    Raises StalePositionError when it is not at the expected position.
    """
    table, mark = destination.own("stream_position"), destination.placeholder
    found = destination.rows(f"SELECT position FROM {table} WHERE stream = {mark}{destination.kept_rows}", [stream])
    if [(expected.position,)] != found:
        raise StalePositionError(stream)


def give_up_stream(destination: Database, stream: str, at: float) -> None:
    """Record the time, in seconds since 1970, from which a stream is no longer applied; an earlier record stays."""
    table = destination.own("stream_position")
    columns = ("stream", "position", "read_at")
    destination.execute(destination.insert_new(table, columns, "stream"), [_given_up(stream), None, at])


def resume_stream(destination: Database, stream: str) -> None:
    """Forget that a stream was not applied."""
    table, mark = destination.own("stream_position"), destination.placeholder
    destination.execute(f"DELETE FROM {table} WHERE stream = {mark}", [_given_up(stream)])


def stream_given_up(destination: Database, stream: str) -> float | None:
    """Since when a stream is no longer applied; None while it is."""
    return read_position(destination, _given_up(stream)).read_at or None


def end_stream(destination: Database, stream: str, at: float) -> None:
    """Record that changes of a stream were deleted before they were applied, at a time in seconds since 1970.

    The two sides must not be taken for equal until all rows have been compared.
    """
    table, mark = destination.own("stream_position"), destination.placeholder
    columns = ("stream", "position", "read_at")
    destination.execute(destination.insert_new(table, columns, "stream"), [_ended(stream), None, at])
    destination.execute(f"UPDATE {table} SET read_at = {mark} WHERE stream = {mark}", [at, _ended(stream)])


def stream_ended(destination: Database, stream: str) -> float | None:
    """When changes of a stream were last deleted before they were applied; None where that never happened."""
    return read_position(destination, _ended(stream)).read_at or None


def forget_end(destination: Database, stream: str, at: float | None = None) -> None:
    """Take a stream for complete again, unless changes were deleted after a time in seconds since 1970."""
    table, mark = destination.own("stream_position"), destination.placeholder
    until, more = ("", []) if at is None else (f" AND read_at <= {mark}", [at])
    destination.execute(f"DELETE FROM {table} WHERE stream = {mark}{until}", [_ended(stream), *more])


def note_trouble(source: Database, service: str, what: str, at: float) -> None:
    """Record why a service's follower has been stopped since a time, in seconds since 1970."""
    forget_trouble(source, service)
    table = source.own("stream_position")
    source.execute(source.insert_new(table, ("stream", "position", "read_at"), "stream"), [_trouble(service), what, at])


def forget_trouble(source: Database, service: str) -> None:
    """Record that the follower runs again."""
    table, mark = source.own("stream_position"), source.placeholder
    source.execute(f"DELETE FROM {table} WHERE stream = {mark}", [_trouble(service)])


def read_trouble(source: Database, service: str) -> str | None:
    """Why the follower of a service is stopped, as it recorded itself; None where it is not."""
    return read_position(source, _trouble(service)).position


def note_end(source: Database, service: str, at: float) -> None:
    """Record that a follower of a service ended on request, at a time in seconds since 1970."""
    forget_end_of_follower(source, service)
    columns = ("stream", "position", "read_at")
    source.execute(source.insert_new(source.own("stream_position"), columns, "stream"), [_stopped(service), None, at])


def forget_end_of_follower(source: Database, service: str) -> None:
    """Note that a follower runs again."""
    table, mark = source.own("stream_position"), source.placeholder
    source.execute(f"DELETE FROM {table} WHERE stream = {mark}", [_stopped(service)])


def follower_ended(source: Database, service: str) -> float | None:
    """When the follower that ended last did so on request; None where it did not, or runs again."""
    return read_position(source, _stopped(service)).read_at or None


def _stopped(service: str) -> str:
    return f"{service}:stopped"


def _trouble(service: str) -> str:
    return f"{service}:trouble"


def _ended(stream: str) -> str:
    return f"{stream}:ended"


def _given_up(stream: str) -> str:
    return f"{stream}:given up"
