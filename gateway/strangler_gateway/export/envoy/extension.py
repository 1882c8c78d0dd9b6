"""Envoy extensions: a name, and a configuration that states its type."""

from __future__ import annotations

from strangler.model.json_value import Json, JsonObject


def typed(kind: str, **content: Json) -> JsonObject:
    """Return a configuration of type ``envoy.extensions.KIND``, or of type `kind` if that begins with ``envoy.``."""
    name = kind if kind.startswith("envoy.") else f"envoy.extensions.{kind}"
    return {"@type": f"type.googleapis.com/{name}", **content}


def extension(name: str, kind: str, **content: Json) -> JsonObject:
    """Return a named extension with its configuration."""
    return {"name": name, "typed_config": typed(kind, **content)}


def seconds(number: float) -> str:
    """Return a duration in the JSON form of protocol buffers: ``1.5s``."""
    return f"{number:.3f}".rstrip("0").rstrip(".") + "s"


PRESERVED_CASE = extension(
    "preserve_case",
    "http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
    forward_reason_phrase=True,
    formatter_type_on_envoy_headers="PROPER_CASE",
)
"""Keeps header names and reason phrases as received; names of fields that Envoy adds get the usual capitals."""
