"""Responses in the form in which they are compared."""

from __future__ import annotations

from dataclasses import dataclass

from strangler_gateway.shadow.content import MAX_BODY, Content, json_value, unpacked
from strangler_gateway.transport.grammar import Headers


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `cut` says that its body was longer than what is kept."""

    status: int
    headers: Headers
    body: bytes
    cut: bool = False

    def values(self) -> dict[str, tuple[str, ...]]:
        """Return the values of header fields by lower-case name; repeated fields keep their order."""
        fields: dict[str, tuple[str, ...]] = {}
        for name, value in self.headers:
            key = name.decode("latin-1").lower()
            fields[key] = (*fields.get(key, ()), value.decode("latin-1").strip())
        return fields

    def content(self) -> Content:
        """Return the value of a JSON body, otherwise its bytes; gzip is decompressed where possible."""
        fields = self.values()
        body = self.body
        if tuple(value.lower() for value in fields.get("content-encoding", ())) == ("gzip",):
            body = unpacked(body)
        if len(body) > MAX_BODY or not _is_json(fields.get("content-type", ())):
            return body
        return json_value(body)


def _is_json(content_type: tuple[str, ...]) -> bool:
    kind = content_type[0].partition(";")[0].strip().lower() if content_type else ""
    return kind == "application/json" or kind.endswith("+json")
