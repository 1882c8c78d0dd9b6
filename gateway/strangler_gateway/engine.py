"""What carries the bytes of requests."""

from __future__ import annotations

from enum import StrEnum


class Engine(StrEnum):
    """This program itself, or Envoy, which it tells how."""

    STRANGLER = "strangler"
    ENVOY = "envoy"
