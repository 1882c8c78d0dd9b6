"""What code of a service does to what another service owns, as the draft of a document has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DraftedUse:
    """``reads catalog_product``, and whose that is; `place` is the first one in the code."""

    service: str
    what: str
    place: str
