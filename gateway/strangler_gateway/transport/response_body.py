"""Where the body of a response ends (RFC 9112, section 6.3)."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

NO_BODY_STATUSES: Final = (204, 304)


class BodyEnd(Enum):
    """What determines where a body ends."""

    NONE = auto()
    """Nothing yet: the head has not arrived."""
    LENGTH = auto()
    CHUNKED = auto()
    UNTIL_CLOSED = auto()
    TUNNEL = auto()
    """The end of the connection, in both directions: the protocol was switched."""
