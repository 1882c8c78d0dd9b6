"""What a handler answers when it has more to say than a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reply(Generic[T_co]):
    """A value with headers, and with its status if the document declares several."""

    value: T_co
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Refusal(Exception):  # noqa: N818 - a handler refuses; it is no fault of the service
    """Raised by a handler to answer with an error, in the shape that the document declares for its status.

    `body` is answered as it is; without one, the declared shape is filled with `code` and `messages`.
    """

    def __init__(
        self,
        status: int,
        *messages: str,
        code: str = "",
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, *messages)
        self.status = status
        self.messages = messages
        self.code = code
        self.body = body
        self.headers = dict(headers or {})
