"""Which requests a service answers according to ``[[routes]]``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from strangler.project import RouteMatch, RouteRule
from strangler_gateway.routing.route_table import RouteTable


def service_answers(service: str, rules: Iterable[RouteRule]) -> Callable[[str, str], bool]:
    """Return a predicate of method and path: whether the service answers them, whatever else the request holds."""
    everyone = [rule for rule in rules if rule.match.host is None and not rule.match.conditions]
    own: RouteTable[RouteMatch] = RouteTable(rule.match for rule in everyone)
    services = {rule.match: rule.service for rule in everyone}

    def answers(method: str, path: str) -> bool:
        return all(found is not None and services[found] == service for found in own.of_template(method, path))

    return answers
