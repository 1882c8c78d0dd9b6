"""Confidence sequences for a probability: bounds that hold at all looks together, however often one looks.

The mixture of likelihoods over a Beta prior, divided by the likelihood of p, is a martingale that starts at 1. By
Ville's inequality, if p is the truth, it ever reaches 1 / alpha with a probability of at most alpha (J. Ville, Étude
critique de la notion de collectif, 1939; H. Robbins, Statistical methods related to the law of the iterated logarithm,
Ann. Math. Statist. 41, 1970). The bounds enclose those p for which it has not. The only assumption is independent
answers with one probability: no minimum number of requests, no normal distribution, no fixed end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, log

_PRIOR = 0.5
"""Both parameters of the Beta prior: Jeffreys' prior, about as good for rare events as for others."""
_HALVINGS = 50


@dataclass(frozen=True, slots=True)
class Interval:
    """The bounds of a probability."""

    low: float
    high: float


EVERYWHERE = Interval(0.0, 1.0)


def confidence(events: int, trials: int, alpha: float) -> Interval:
    """Return the bounds of an event's probability, with an error of at most `alpha` at all looks together."""
    if trials <= 0:
        return EVERYWHERE
    events = min(max(events, 0), trials)
    others = trials - events
    mixture = _log_beta(_PRIOR + events, _PRIOR + others) - _log_beta(_PRIOR, _PRIOR)
    least = mixture + log(alpha)

    def likely(p: float) -> bool:
        return _log_likelihood(events, others, p) > least

    found = events / trials
    low = _edge(likely, found, 0.0) if events else 0.0
    high = _edge(likely, found, 1.0) if others else 1.0
    return Interval(low, high)


def _edge(likely: Callable[[float], bool], inside: float, outside: float) -> float:
    """Return the last likely value on the way from `inside` to `outside`."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if likely(middle):
            inside = middle
        else:
            outside = middle
    return outside


def _log_likelihood(events: int, others: int, p: float) -> float:
    likelihood = 0.0
    if events:
        likelihood += events * log(p) if p > 0 else float("-inf")
    if others:
        likelihood += others * log(1 - p) if p < 1 else float("-inf")
    return likelihood


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
