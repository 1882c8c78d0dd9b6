"""Limits of the size of request heads."""

from __future__ import annotations

from typing import Final

from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler_gateway.requests.refusal import Refusal

TARGET_TOO_LONG: Final = Refusal(414, "the target of the request is too long")
HEAD_TOO_LONG: Final = Refusal(431, "the head of the request is too long")
FIELD_TOO_LONG: Final = Refusal(431, "a header field of the request is too long")
TOO_MANY_FIELDS: Final = Refusal(431, "the request has too many header fields")
_SHORTEST_FIELD: Final = len(b"\r\na:")
_END: Final = b"\r\n\r\n"


class HeadLimits:
    """The limits of `terms`; a head of at most `harmless` bytes cannot exceed any of them."""

    __slots__ = ("_field", "_fields", "_head", "_line", "harmless")

    def __init__(self, terms: WireTerms = WIRE_TERMS) -> None:
        self._line = terms.most_line
        self._head = terms.most_head
        self._field = terms.most_field or terms.most_head
        self._fields = terms.most_fields or terms.most_head
        self.harmless = min(self._line, self._head, self._field, self._fields * _SHORTEST_FIELD)

    def refusal(self, head: bytes) -> Refusal | None:
        """Return the refusal of a head that is too long, None for one within the limits.

        Of an incomplete head, only the lengths of its first line and of the whole are checked.
        """
        line = head.find(b"\r\n")
        if (len(head) if line < 0 else line) > self._line:
            return TARGET_TOO_LONG
        if len(head) > self._head:
            return HEAD_TOO_LONG
        if head.endswith(_END) and len(head) > self.harmless:
            fields = head.removesuffix(_END).split(b"\r\n")[1:]
            if len(fields) > self._fields:
                return TOO_MANY_FIELDS
            if max(map(len, fields), default=0) > self._field:
                return FIELD_TOO_LONG
        return None


HEAD_LIMITS: Final = HeadLimits()
