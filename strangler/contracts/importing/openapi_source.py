"""Reads an OpenAPI 3.0 or 3.1 description (https://spec.openapis.org/oas/v3.1.1) and skips its malformed parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from strangler.contracts.json5 import is_array, is_object
from strangler.model.errors import InputError

Part = Mapping[str, object]
"""A JSON object within the description."""
_URL = re.compile(r"(?:https?://[^/?#{}]+)?(/[^?#{}]*)?")
_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class OpenApi:
    """A whole OpenAPI description."""

    root: Part

    @classmethod
    def read(cls, data: bytes, file: str) -> OpenApi:
        """Parse a description; InputError if it is not JSON or not OpenAPI 3."""
        try:
            root: object = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(
                f"is no JSON: {error}", where=file, remedy="YAML is not read: write the document as JSON"
            ) from error
        if not is_object(root) or not str(root.get("openapi", "")).startswith("3."):
            raise InputError("is no document of OpenAPI 3", where=file, remedy="convert it to OpenAPI 3.1")
        return cls(root)

    def resolved(self, value: object) -> Part:
        """The object, or the one within the description that it refers to; empty if there is none."""
        seen: set[str] = set()
        while is_object(value) and isinstance(reference := value.get("$ref"), str):
            if reference in seen or not reference.startswith("#/"):
                return {}
            seen.add(reference)
            value = self._at(reference)
        return value if is_object(value) else {}

    def _at(self, reference: str) -> object:
        found: object = self.root
        for part in reference.removeprefix("#/").split("/"):
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found.get(name) if is_object(found) else None
        return found

    @property
    def schemas(self) -> Part:
        """The schemas that have names."""
        return part(part(self.root, "components"), "schemas")

    @property
    def base(self) -> str:
        """The path that prefixes all others, ``/api``; empty if there is none."""
        urls = {str(item.get("url", "")) for item in parts(self.root, "servers")}
        paths = {(found[1] or "").rstrip("/") for url in urls if (found := _URL.fullmatch(url))}
        return paths.pop() if len(paths) == 1 else ""

    def operations(self) -> Iterator[tuple[str, str, Part, tuple[Part, ...]]]:
        """The method, path and object of each operation, with the parameters of its path and its own."""
        for path, value in part(self.root, "paths").items():
            item = self.resolved(value)
            for method, operation in item.items():
                if method in _METHODS and is_object(operation):
                    given = [
                        self.resolved(each) for each in (*_list(item, "parameters"), *_list(operation, "parameters"))
                    ]
                    unique = {(str(each.get("name")), str(each.get("in"))): each for each in given}
                    yield method.upper(), f"{self.base}{path}", operation, tuple(unique.values())


_METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")


def schema_name(value: object) -> str | None:
    """The name of the schema that a reference points to."""
    reference = value.get("$ref") if is_object(value) else None
    if not isinstance(reference, str) or not reference.startswith(_SCHEMAS):
        return None
    return unquote(reference.removeprefix(_SCHEMAS))


def part(of: Part, key: str) -> Part:
    """The object under a key; empty if there is none."""
    value = of.get(key)
    return value if is_object(value) else {}


def parts(of: Part, key: str) -> tuple[Part, ...]:
    """The objects in the array under a key."""
    return tuple(item for item in _list(of, key) if is_object(item))


def text(of: Part, key: str) -> str:
    """The text under a key, on one line; empty if there is none."""
    value = of.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _list(of: Part, key: str) -> list[object]:
    value = of.get(key)
    return value if is_array(value) else []
