"""Reads ``[monolith.resilience]`` and ``[services.NAME.resilience]``: how failures are handled."""

from __future__ import annotations

from strangler.model.resilience import HealthTerms, ResilienceTerms
from strangler.toml_section import Section

LONGEST = 3600
SHORTEST = 0.001
"""Seconds an application has at least: with none, every request would fail."""


def read_resilience(section: Section, base: ResilienceTerms) -> ResilienceTerms:
    """Read the section; missing keys have the values of `base`."""
    terms = ResilienceTerms(
        breaker_failures=int(_number(section, "breaker_failures", base.breaker_failures, 1000)),
        breaker_seconds=_number(section, "breaker_seconds", base.breaker_seconds),
        retries=int(_number(section, "retries", base.retries, 10)),
        retry_ratio=_number(section, "retry_ratio", base.retry_ratio, 1),
        eject_failures=int(_number(section, "eject_failures", base.eject_failures, 1000)),
        eject_seconds=_number(section, "eject_seconds", base.eject_seconds),
        eject_share=_number(section, "eject_share", base.eject_share, 100),
        try_seconds=_number(section, "try_seconds", base.try_seconds, least=SHORTEST),
        total_seconds=_number(section, "total_seconds", base.total_seconds, least=SHORTEST),
        fallback=section.flag("fallback") if "fallback" in section.values else base.fallback,
        fallback_seconds=_number(section, "fallback_seconds", base.fallback_seconds, least=SHORTEST),
        health=_health(section.section("health")),
    )
    if terms.try_seconds > terms.total_seconds:
        section.report("try_seconds", "try_seconds must not be more than total_seconds")
    section.close()
    return terms


def _health(section: Section) -> HealthTerms | None:
    if not section.values:
        return None
    terms = HealthTerms(section.required_text("path"))
    if terms.path and not terms.path.startswith("/"):
        section.report("path", f"the path {terms.path} must begin with /")
    terms = HealthTerms(
        terms.path,
        section.number("interval", 0.1, LONGEST) or terms.interval,
        section.number("patience", 0.1, LONGEST) or terms.patience,
        section.count("healthy") or terms.healthy,
        section.count("unhealthy") or terms.unhealthy,
    )
    section.close()
    return terms


def _number(section: Section, key: str, default: float, most: float = LONGEST, least: float = 0) -> float:
    value = section.number(key, least, most)
    return default if value is None else value
