"""The answers of the monolith that are believed at present."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from strangler.model.identity import IdentityTerms
from strangler_gateway.identity.answer import Who


@dataclass(slots=True, eq=False)
class Known:
    """Who it is, None for nobody; `tokens` are those made of it, by service."""

    who: Who | None
    until: float
    tokens: dict[str, bytes] = field(default_factory=dict[str, bytes])


class KnownIdentities:
    """Bounded, by the digests of questions; those about nobody have places of their own.

    Who invents credentials would else push out all who have some.
    """

    def __init__(self, terms: IdentityTerms, clock: Callable[[], float]) -> None:
        self._terms = terms
        self._clock = clock
        self._somebody: OrderedDict[bytes, Known] = OrderedDict()
        self._nobody: OrderedDict[bytes, Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._somebody) + len(self._nobody)

    def get(self, digest: bytes) -> Known | None:
        """Return what is known of a question, None when it has to be asked."""
        for kept in (self._somebody, self._nobody):
            known = kept.get(digest)
            if known is not None:
                if known.until > self._clock():
                    kept.move_to_end(digest)
                    return known
                del kept[digest]
        return None

    def put(self, digest: bytes, who: Who | None) -> Known:
        """Keep an answer, in the place of an older one and of the one that was of use the longest time ago."""
        self.forget(digest)
        terms = self._terms
        seconds = terms.nobody_seconds if who is None else terms.seconds
        known = Known(who, self._clock() + seconds)
        kept = self._nobody if who is None else self._somebody
        kept[digest] = known
        if len(kept) > terms.most:
            kept.popitem(last=False)
        return known

    def forget(self, digest: bytes) -> None:
        """Keep nothing about a question."""
        self._somebody.pop(digest, None)
        self._nobody.pop(digest, None)
