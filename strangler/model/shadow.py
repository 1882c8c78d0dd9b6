"""The settings of shadowing: its bounds, and what it compares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShadowTerms:
    """The bounds of one gateway: `waiting` copies, `memory` bytes held for them, `at_once` in flight.

    A copy may take `seconds`. Bodies of requests and responses beyond `body` bytes are not compared. For `noise`
    percent of the copies that only read, v1 is asked twice, to learn where it contradicts itself.

    `mask` are names of fields whose values are not kept, `ignore` places whose differences do not count, such as
    ``header vary`` or ``body /items/*/score``, each with everything below it.
    """

    waiting: int = 200
    memory: int = 8 * 1024 * 1024
    at_once: int = 8
    seconds: float = 10.0
    body: int = 256 * 1024
    noise: float = 5.0
    mask: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShadowRule:
    """Which requests of a route are copied: `share` percent of those that only read.

    With `writes`, also of those that may write; `ignore` is as in `ShadowTerms`, for this route alone.
    """

    share: float = 0.0
    writes: bool = False
    ignore: tuple[str, ...] = ()


NO_SHADOW = ShadowRule()
SHADOW_TERMS = ShadowTerms()
