"""Reads ``[design.lint]``: the company's rules for design documents."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from strangler.model.design import COMMON_FIELDS, LINT_TERMS, DesignRule, LintTerms
from strangler.toml_section import Section

_RULES = tuple(map(str, DesignRule))


def read_lint_terms(section: Section) -> LintTerms:
    """Read the company's rules for design documents."""
    terms = LintTerms(
        disabled=frozenset(_rules(section, "disable")),
        exempt=_exempt(section.section("exempt")),
        fields={**COMMON_FIELDS, **_fields(section.section("fields"))},
        annotations=section.texts("annotations"),
        discriminator=section.text("discriminator") or LINT_TERMS.discriminator,
    )
    section.close()
    return terms


def _rules(section: Section, key: str) -> list[DesignRule]:
    return [DesignRule(name) for name in section.texts(key) if _known(section, key, name)]


def _exempt(section: Section) -> Mapping[DesignRule, tuple[str, ...]]:
    return {DesignRule(key): section.texts(key) for key in section.values if _known(section, key, key)}


def _known(section: Section, key: str, name: str) -> bool:
    if name in _RULES:
        return True
    section.take(key)
    near = get_close_matches(name, _RULES, n=1)
    remedy = f"did you mean {near[0]}?" if near else "see strangler design rules"
    section.report(key, f"there is no rule {name}", remedy)
    return False


def _fields(section: Section) -> Mapping[str, str]:
    return {name: section.text(name) or "" for name in section.values}
