"""Whether a stream is still the one that a consumer has read: a stream that was put back gives known numbers anew."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from strangler_etl.streams.transport import Feed, Message


@dataclass(frozen=True, slots=True)
class ReadMark:
    """Up to which position a stream was read, and the digest of the message there."""

    position: int
    digest: str


def digest_of(message: Message) -> str:
    """What tells the message from others at its position: its SHA-256 in hexadecimal digits."""
    return sha256(message.text.encode()).hexdigest()


def put_back(feed: Feed, stream: str, read: ReadMark) -> str | None:
    """What tells that a stream was put back or made anew since it was read; None where what was read last stands there.

    None as well where it was removed by its age.
    """
    found = feed.message(stream, read.position)
    if found is not None and digest_of(found) != read.digest:
        return f"another event stands at {read.position}"
    if found is None and (last := feed.last(stream)) < read.position:
        return f"it ends at {last}, and was read up to {read.position}" if last else "it is not there any more"
    return None
