"""Reads ``[services.NAME.delivery]``: the steps and gates of progressive delivery."""

from __future__ import annotations

from strangler.model.delivery import DELIVERY_TERMS, DeliveryTerms
from strangler.toml_section import Section

LONGEST = 30 * 24 * 3600
LEAST_STEP = 0.1


def read_delivery(section: Section) -> DeliveryTerms:
    """Read the section; missing keys have their defaults."""
    base = DELIVERY_TERMS
    steps = section.numbers("steps", LEAST_STEP, 100)
    if "steps" in section.values and (not steps or list(steps) != sorted(set(steps))):
        section.report("steps", "steps must be shares in percent that grow", "write steps = [1, 5, 25, 50, 100]")
    pause = section.number("pause", 0, LONGEST)
    errors = section.number("errors", 0.01, 100)
    quantile = section.number("quantile", 50, 99.9)
    terms = DeliveryTerms(
        steps=steps or base.steps,
        pause=base.pause if pause is None else pause,
        errors=errors or base.errors,
        latency=section.number("latency", 1, 1000) or base.latency,
        quantile=quantile / 100 if quantile else base.quantile,
        differences=section.number("differences", 0.01, 100),
        confidence=section.number("confidence", 50, 99.9999) or base.confidence,
        interval=section.number("interval", 0.05, 3600) or base.interval,
    )
    section.close()
    return terms
