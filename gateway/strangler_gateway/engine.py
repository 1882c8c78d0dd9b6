"""Which data plane carries the bytes of requests."""

from __future__ import annotations

from enum import StrEnum


class Engine(StrEnum):
    """STRANGLER relays requests in this program; ENVOY runs Envoy, with this program as its control plane."""

    STRANGLER = "strangler"
    ENVOY = "envoy"
