"""A cache of the monolith's answers about identities."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from strangler.model.identity import IdentityTerms
from strangler_gateway.identity.answer import Who


@dataclass(slots=True, eq=False)
class Known:
    """One cached identity, None for an anonymous client; `tokens` are the tokens signed for it, by service.

    It is valid until `until`, by the clock of the cache.
    """

    who: Who | None
    until: float
    tokens: dict[str, bytes] = field(default_factory=dict[str, bytes])


class KnownIdentities:
    """A bounded cache of identities by the digest of the question; anonymous answers have a cache of their own.

    Otherwise somebody who sends invented credentials could evict every real user.
    """

    def __init__(self, terms: IdentityTerms, clock: Callable[[], float]) -> None:
        self._terms = terms
        self._clock = clock
        self._somebody: OrderedDict[bytes, Known] = OrderedDict()
        self._nobody: OrderedDict[bytes, Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._somebody) + len(self._nobody)

    def get(self, digest: bytes) -> Known | None:
        """Return the valid answer to a question, None when it has to be asked."""
        for kept in (self._somebody, self._nobody):
            known = kept.get(digest)
            if known is not None:
                if known.until > self._clock():
                    kept.move_to_end(digest)
                    return known
                del kept[digest]
        return None

    def put(self, digest: bytes, who: Who | None) -> Known:
        """Cache an answer in place of an older one, and evict the least recently used when the cache is full."""
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
        """Drop the answer to a question."""
        self._somebody.pop(digest, None)
        self._nobody.pop(digest, None)
