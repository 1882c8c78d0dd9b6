"""Which requests an entry matches, as Envoy configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from urllib.parse import quote

from strangler.model.json_value import Json, JsonObject
from strangler.model.template import template_parts
from strangler.project import Condition, ConditionSource

_PATH_CHARACTERS = "/!$&'()*+,;=:@-._~"
"""Characters that need no encoding in a path (RFC 3986, section 3.3)."""


def match_of(path: str, methods: Sequence[str], conditions: Iterable[Condition]) -> JsonObject:
    """Return the match for a path template, methods (all methods when empty) and conditions."""
    match: dict[str, Json] = dict(_path(path))
    headers: list[Json] = []
    cookies: list[Json] = []
    query: list[Json] = []
    for condition in conditions:
        match condition.source:
            case ConditionSource.HEADER:
                headers.append(_condition(condition.name.lower(), condition))
            case ConditionSource.COOKIE:
                cookies.append(_cookie(condition))
            case ConditionSource.QUERY:
                query.append(_condition(condition.name, condition))
    # Last, since it costs more than checking whether a field is present.
    headers += [_methods(methods)] if methods else []
    found = {"headers": headers, "cookies": cookies, "query_parameters": query}
    return match | {key: matchers for key, matchers in found.items() if matchers}


def _path(template: str) -> JsonObject:
    escaped = quote(template, safe=_PATH_CHARACTERS + "{}")
    if "{" not in template and escaped == template:
        return {"path": template}
    return {"safe_regex": {"regex": path_regex(template)}}


def path_regex(template: str) -> str:
    """Return the regular expression (RE2) for the paths of a template as they are sent, percent-encoded."""
    return "".join(_literal(literal) + pattern for literal, pattern in template_parts(template))


def path_start(template: str) -> str:
    """Return the literal prefix of every path of a template, as it is sent."""
    literal = next((literal for literal, _ in template_parts(template)), "")
    return "".join(takewhile(lambda character: quote(character, safe=_PATH_CHARACTERS) == character, literal))


def _literal(text: str) -> str:
    """Return the expression for a literal text in a path; hex digits match in either case (RFC 3986, section 2.1)."""
    return "".join(
        re.escape(character) if not quoted.startswith("%") else f"(?i:{quoted})"
        for character in text
        for quoted in (quote(character, safe=_PATH_CHARACTERS),)
    )


def _methods(methods: Sequence[str]) -> JsonObject:
    if len(methods) == 1:
        return {"name": ":method", "string_match": {"exact": methods[0]}}
    return {"name": ":method", "string_match": {"safe_regex": {"regex": "|".join(methods)}}}


def _condition(name: str, condition: Condition) -> JsonObject:
    if condition.value is None:
        return {"name": name, "present_match": True}
    return {"name": name, "string_match": {"exact": condition.value}}


def _cookie(condition: Condition) -> JsonObject:
    wanted: JsonObject = {"safe_regex": {"regex": ".*"}} if condition.value is None else {"exact": condition.value}
    return {"name": condition.name, "string_match": wanted}
