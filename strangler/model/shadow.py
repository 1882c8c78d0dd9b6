"""What shadowing may take and what it compares: every figure that can be set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShadowTerms:
    """The bounds of one gateway: `waiting` copies, `memory` bytes held for them, `at_once` on their way.

    A copy is waited for `seconds`. A body of more than `body` bytes, of a request or an answer, is not compared. Of the
    copies that only read, in `noise` percent v1 is asked twice, to learn in what it contradicts itself.

    `mask` are names of fields of which no value is kept, `ignore` places that do not count, such as ``header vary`` or
    ``body /items/*/score``, each with everything below it.
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

    With `writes`, those that may write too; `ignore` is like that of `ShadowTerms`, for this route alone.
    """

    share: float = 0.0
    writes: bool = False
    ignore: tuple[str, ...] = ()


NO_SHADOW = ShadowRule()
SHADOW_TERMS = ShadowTerms()
