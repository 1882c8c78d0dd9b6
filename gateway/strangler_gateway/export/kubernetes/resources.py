"""What the Gateway API and Istio have in common: names, durations, matches and lists of resources."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from strangler.model.json_value import Json, JsonObject
from strangler.project import ConditionSource
from strangler_gateway.export.entries import Entry
from strangler_gateway.export.envoy.matching import path_regex
from strangler_gateway.export.gaps import EVERY, Gap
from strangler_gateway.export.pools import Pool, Pools, is_address
from strangler_gateway.export.setting import ExportSetting

GATEWAY = "strangler"


def listed(items: Iterable[JsonObject]) -> JsonObject:
    """Return resources as one document for ``kubectl apply -f``."""
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def resource(version: str, kind: str, name: str, spec: JsonObject) -> JsonObject:
    """Return a resource."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": label(name)}, "spec": spec}


def label(name: str) -> str:
    """Return a name as Kubernetes allows it (RFC 1123), without the ``_`` that services may have in theirs."""
    return name.replace("_", "-")[:63].strip("-")


def pools_of(setting: ExportSetting, entries: Sequence[Entry]) -> list[Pool]:
    """Return the pools that some entries need, and the monolith's, in the order of their names."""
    monolith = Pools(setting.plan).monolith
    found = {monolith.name: monolith}
    for entry in entries:
        found |= {pool.name: pool for pool in (*(target.pool for target in entry.targets), entry.shadow) if pool}
    return [found[name] for name in sorted(found)]


@dataclass(frozen=True, slots=True)
class FieldMatch:
    """A header field or parameter and its required value: a text, a regular expression, or any value when None."""

    name: str
    value: str | None
    expression: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The header fields and query parameters a request must have, each named once."""

    headers: tuple[FieldMatch, ...]
    parameters: tuple[FieldMatch, ...]


def asked_of(entry: Entry) -> Asked | None:
    """Return what a request must have; None when no request can, because it would need two values under one name.

    Both languages allow one match for each name. Cookies are matched in the Cookie field, in any order.
    """
    by_source = {source: _once(entry, source) for source in ConditionSource}
    headers, cookies, query = (
        by_source[source] for source in (ConditionSource.HEADER, ConditionSource.COOKIE, ConditionSource.QUERY)
    )
    if headers is None or cookies is None or query is None:
        return None
    fields = [FieldMatch(name, value) for name, value in headers.items()]
    if cookies:
        fields.append(FieldMatch("cookie", _cookies(cookies), expression=True))
    return Asked(tuple(fields), tuple(FieldMatch(name, value) for name, value in query.items()))


def _once(entry: Entry, source: ConditionSource) -> dict[str, str | None] | None:
    """Return the conditions of one source by name, a value before "any value"; None when two values contradict."""
    found: dict[str, str | None] = {}
    for condition in entry.conditions:
        if condition.source is not source:
            continue
        name = condition.name.lower() if source is ConditionSource.HEADER else condition.name
        known = found.get(name)
        if known is not None and condition.value is not None and known != condition.value:
            return None
        found[name] = condition.value if condition.value is not None else known
    return found


def _cookies(wanted: Mapping[str, str | None]) -> str:
    """Return the regular expression for a Cookie field with all the wanted cookies; RE2 has no lookahead."""
    named = [f"{_literal(name)}={'[^;]*' if value is None else _literal(value)}" for name, value in wanted.items()]
    orders = (r"(?:;.*)?;\s*".join(order) for order in permutations(named))
    return "|".join(rf"(?:.*;\s*)?{order}(?:;.*)?" for order in orders)


def _literal(text: str) -> str:
    return "".join(character if character.isalnum() or character in "_-" else rf"\{character}" for character in text)


def is_exact(template: str) -> bool:
    """Whether a template stands for a single path without special characters."""
    return path_regex(template).replace("\\", "") == template and "{" not in template


def milliseconds(seconds: float) -> str:
    """Return a duration in a form that both understand."""
    return f"{round(seconds)}s" if seconds == round(seconds) else f"{max(1, round(seconds * 1000))}ms"


def gaps_of_kubernetes(setting: ExportSetting, entries: Sequence[Entry], target: str) -> list[Gap]:
    """Return the gaps that both have."""
    found = [Gap(EVERY, "its path is compared as it was sent, so %41 in it is no A; so are the values of parameters")]
    routes = {entry.route.name: entry for entry in entries if len(entry.targets) > 1}
    found += [
        Gap(name, f"{target} draws the side of each request anew: a client sees both, and does not stay where it was")
        for name in routes
    ]
    found += [
        Gap(pool.name, "loopback addresses mean something else in a cluster: write down where it is reached from there")
        for pool in pools_of(setting, entries)
        if any(is_address(origin.host) and ipaddress.ip_address(origin.host).is_loopback for origin in pool.origins)
    ]
    if any(target.fallback for entry in entries for target in entry.targets):
        found.append(Gap(EVERY, "v1 does not answer where v2 fails"))
    found += [Gap(name, "nobody tells it who is asking") for name in setting.identities]
    if setting.tls is not None:
        found.append(Gap(EVERY, "the certificate is that of the secret strangler-tls, which is not written"))
    for pool in pools_of(setting, entries):
        changed = [origin.fields for origin in pool.origins if origin.fields is not None]
        if any(fields.locations or fields.cookie_domains for fields in changed):
            found.append(Gap(pool.name, "Location, its like and the Domain of cookies are what the application said"))
    return found


TAKEN_OUT: list[Json] = ["X-Strangler-Identity", "X-Strangler-Shadow"]
"""Fields that no client may set; trust in forwarding fields is configured in the ingress itself."""
