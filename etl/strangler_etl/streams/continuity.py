"""Whether a stream is still the one a consumer has read: a restored stream gives known positions to new messages."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from strangler_etl.streams.envelope import publisher_of
from strangler_etl.streams.transport import Feed, Message


@dataclass(frozen=True, slots=True)
class ReadMark:
    """The position up to which a stream was read, and the digest of the message there."""

    position: int
    digest: str


def digest_of(message: Message) -> str:
    """What distinguishes a message from others at its position: its SHA-256 as hexadecimal digits."""
    return sha256(message.text.encode()).hexdigest()


def service_of(feed: Feed, stream: str) -> str | None:
    """The service that publishes a stream, by its last message; None where that is gone, or names none."""
    last = feed.last(stream)
    found = feed.message(stream, last) if last else None
    return None if found is None else publisher_of(found.text)


def put_back(feed: Feed, stream: str, read: ReadMark) -> str | None:
    """Why a stream must have been restored or created again since it was read; None where the last read message stands.

    None as well where that message was removed by its age.
    """
    found = feed.message(stream, read.position)
    if found is not None and digest_of(found) != read.digest:
        return f"another event stands at {read.position}"
    if found is None and (last := feed.last(stream)) < read.position:
        return f"it ends at {last}, and was read up to {read.position}" if last else "it is not there any more"
    return None
