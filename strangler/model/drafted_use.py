"""A service's use of what another service owns, as it goes into the draft of a design document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DraftedUse:
    """A use such as ``reads catalog_product``, and the `service` that owns it; `place` is the first in the code."""

    service: str
    what: str
    place: str
