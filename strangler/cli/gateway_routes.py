"""``strangler gateway routes``: which rule applies to a request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.project_options import Config
from strangler.model.errors import UsageError
from strangler.project_reader import load_project
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.plan import Route, route_of
from strangler_gateway.routing.route_table import RouteTable


def routes(
    context: typer.Context,
    match: Annotated[
        str | None,
        typer.Option(
            "--match", metavar="REQUEST", help="Only the rule of this request: 'GET /a?b=c', 'GET http://host/a'."
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME=VALUE", help="A header of the --match request; may be repeated."),
    ] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """List the rules in the order in which they win."""
    console = console_of(context)
    project = load_project(config)
    table = RouteTable([route_of(rule, stateless=project.services[rule.service].stateless) for rule in project.routes])
    ranked = list(enumerate((route for _, route in table.ranked), 1))
    if match is not None:
        request = _request(match, header or ())
        found = table.find(request.method, request.path, request)
        ranked = [(number, route) for number, route in ranked if route is found]
    elif header:
        raise UsageError("--header is for --match")
    if json:
        console.json(
            [
                {"route": route.name, "service": route.service, "v2": route.share, "rolled_back": route.rolled_back}
                for _, route in ranked
            ]
        )
        return
    for number, route in ranked:
        console.result(f"{number}. {route.name}: {route.service}, {_traffic(route)}")
    if match is None or not ranked:
        console.result("what no rule names: " + ("refused" if project.gateway.refuse_undeclared else "to the monolith"))


def _traffic(route: Route) -> str:
    if route.rolled_back:
        return "rolled back"
    if route.arms:
        return ", ".join(f"{arm.name} {arm.weight:g}" for arm in route.arms)
    return f"{route.v2:g} % to v2"


def _request(text: str, headers: list[str] | tuple[()]) -> RequestFacts:
    method, _, target = text.strip().partition(" ")
    parts = urlsplit(target.strip())
    if not method or not parts.path.startswith("/"):
        raise UsageError(f"--match {text} must be a method and a path", remedy="as in --match 'GET /reviews/7'")
    fields = [(b"host", parts.netloc.encode())] if parts.netloc else []
    for header in headers:
        name, equals, value = header.partition("=")
        if not name or not equals:
            raise UsageError(f"--header {header} must be NAME=VALUE")
        fields.append((name.lower().encode(), value.encode()))
    return RequestFacts(method.upper(), unquote(parts.path), fields, "", query=parts.query.encode())
