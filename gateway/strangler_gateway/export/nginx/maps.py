"""Where a request goes, as nginx maps.

nginx chooses a `location` by an order of its own, so there is a single one. Each condition sets a flag of one digit;
one map of regular expressions, tried from the top, finds the entry by flags, method, host and path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from strangler.model.template import template_pattern
from strangler.project import Condition, ConditionSource, StickyKey, StickySource
from strangler_gateway.export.entries import WHOLE, Entry, Target
from strangler_gateway.export.nginx.directives import Directive, block, directive
from strangler_gateway.export.pools import Pool

CHOSEN = "$strangler_upstream"
_ENTRY = "$strangler_entry"


def fallback_of(target: Target) -> Pool | None:
    """Return a target's fallback, None when nginx cannot have it: all hosts of an upstream share scheme and Host."""
    fallback = target.fallback
    ways = {(origin.scheme, origin.host_chosen) for pool in (target.pool, fallback) if pool for origin in pool.origins}
    return fallback if len(ways) == 1 else None


def upstream_of(target: Target) -> str:
    """Return the name of a target's upstream; with a fallback, that of both together."""
    fallback = fallback_of(target)
    return f"{target.pool.name}-or-{fallback.name}" if fallback else target.pool.name


def request_maps(entries: Sequence[Entry], undeclared: str) -> Iterator[Directive]:
    """Yield the maps that set `CHOSEN`; `undeclared` is the upstream of requests no rule matches, empty for none."""
    conditions = tuple(dict.fromkeys(condition for entry in entries for condition in entry.conditions))
    flags = {condition: f"$strangler_asked_{number}" for number, condition in enumerate(conditions)}
    for condition, flag in flags.items():
        yield block("map", _variable(condition), flag, of=[*_values(condition), directive("default", "0")])
    key = "".join(flags.values())
    yield block(
        "map",
        f"{key} $request_method $host $uri",
        _ENTRY,
        of=[*(directive(_regex(entry, conditions), f"e{number}") for number, entry in enumerate(entries))],
    )
    keys = {sticky: f"$strangler_client_{n}" for n, sticky in enumerate(_sticky_keys(entries))}
    for sticky, variable in keys.items():
        yield _client(sticky, variable)
    where: list[Directive] = []
    for number, entry in enumerate(entries):
        if len(entry.targets) == 1:
            where.append(directive(f"e{number}", upstream_of(entry.targets[0])))
            continue
        chosen = f"$strangler_share_{number}"
        source = f"{entry.route.service}{keys[entry.route.sticky]}"
        yield block("split_clients", source, chosen, of=_parts(entry.targets))
        where.append(directive(f"e{number}", chosen))
    if undeclared:
        where.append(directive("default", undeclared))
    yield block("map", _ENTRY, CHOSEN, of=where)


def _variable(condition: Condition) -> str:
    match condition.source:
        case ConditionSource.HEADER:
            return header_variable(condition.name)
        case ConditionSource.COOKIE:
            return f"$cookie_{condition.name}"
        case ConditionSource.QUERY:
            return f"$arg_{condition.name}"


def header_variable(name: str) -> str:
    """Return the nginx variable of a header field."""
    return f"$http_{name.lower().replace('-', '_')}"


def _values(condition: Condition) -> Iterator[Directive]:
    """Yield the map entry that sets a flag; an expression, since nginx compares plain texts without regard to case."""
    yield directive("~." if condition.value is None else rf"~^{re.escape(condition.value)}\z", "1")


def _regex(entry: Entry, conditions: Sequence[Condition]) -> str:
    asked = entry.conditions
    flags = "".join("1" if condition in asked else "." for condition in conditions)
    methods = f"(?:{'|'.join(entry.methods)})" if entry.methods else "[^ ]+"
    host = entry.route.host
    name = "[^ ]*" if host is None else re.escape(host) if not host.startswith("*") else rf"[^ ]+{re.escape(host[1:])}"
    return rf"~(?s)^{flags} {methods} {name} {template_pattern(entry.route.path).pattern}\z"


def _sticky_keys(entries: Sequence[Entry]) -> dict[StickyKey | None, None]:
    return {entry.route.sticky: None for entry in entries if len(entry.targets) > 1}


def _client(sticky: StickyKey | None, variable: str) -> Directive:
    """Return the map that identifies clients: by the sticky key, or by address without it."""
    match sticky:
        case StickyKey(StickySource.COOKIE, name):
            source = f"$cookie_{name}"
        case StickyKey(StickySource.HEADER, name):
            source = header_variable(name)
        case _:
            source = "$remote_addr"
    return block("map", source, variable, of=[directive("", "$remote_addr"), directive("default", source)])


def _parts(targets: Sequence[Target]) -> Iterator[Directive]:
    """Yield the shares of the clients, v2's first, so that a client in its share is in every larger share."""
    for target in targets[:-1]:
        if percent := round(target.weight * 100 / WHOLE, 2):
            yield directive(f"{percent:g}%", upstream_of(target))
    yield directive("*", upstream_of(targets[-1]))
