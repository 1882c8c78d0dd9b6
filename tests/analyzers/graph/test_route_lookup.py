"""From a request to its route."""

from __future__ import annotations

import pytest

from strangler.model.location import Location
from strangler.model.system import Route
from strangler_analyzers.graph.errors import UnknownRouteError
from strangler_analyzers.graph.route_lookup import RouteLookup

HERE = Location("urls.py", 1)
ROUTES = tuple(
    Route(path, method, f"shop:{name}", "django", HERE)
    for path, method, name in (
        ("/orders", "GET", "list"),
        ("/orders", "POST", "create"),
        ("/orders/new", "GET", "form"),
        ("/orders/{id}", "GET", "show"),
        ("/orders/{id}", "DELETE", "delete"),
        ("/files/{rest:path}", "ANY", "file"),
        ("/shop/", "ANY", "shop"),
    )
)


@pytest.mark.parametrize(
    ("request_", "handlers"),
    [
        ("POST /orders", ["create"]),
        ("post /orders", ["create"]),
        ("route:POST /orders", ["create"]),
        ("/orders", ["list", "create"]),
        ("GET /orders/{id}", ["show"]),
        ("GET /orders/{order_id}", ["show"]),
        ("GET /orders/17", ["show"]),
        ("GET /orders/17/", ["show"]),
        ("GET /orders/17?page=2", ["show"]),
        ("GET /orders/17#lines", ["show"]),
        ("GET https://shop.example:8443/orders/17?page=2#lines", ["show"]),
        ("GET /orders/new", ["form"]),
        ("DELETE /orders/new", ["delete"]),
        ("HEAD /orders/17", ["show"]),
        ("PATCH /files/a/b.txt", ["file"]),
        ("GET /shop", ["shop"]),
        ("GET orders", ["list"]),
        ("orders/17/", ["show", "delete"]),
    ],
)
def test_finds(request_: str, handlers: list[str]) -> None:
    """Templates, concrete paths, trailing slashes and missing methods all find their route."""
    assert [route.handler.removeprefix("shop:") for route in RouteLookup(ROUTES).find(request_)] == handlers


def test_a_method_the_path_does_not_answer_names_those_it_does() -> None:
    """The error lists the methods of the path."""
    with pytest.raises(UnknownRouteError) as caught:
        RouteLookup(ROUTES).find("PUT /orders")
    expected = "the path exists, but does not answer 'PUT /orders'; did you mean `GET /orders` or `POST /orders`?"
    assert str(caught.value) == expected


def test_an_unknown_path_proposes_similar_ones() -> None:
    """A misspelt path is answered with the nearest, for the method asked."""
    with pytest.raises(UnknownRouteError) as caught:
        RouteLookup(ROUTES).find("POST /order")
    assert caught.value.suggestions[0] == "POST /orders"


@pytest.mark.parametrize(("word", "suggestions"), [("order", ("GET /orders",)), ("POST", ()), ("", ())])
def test_a_single_word_is_no_request(word: str, suggestions: tuple[str, ...]) -> None:
    """Neither a method without a path nor a path without a slash, even where one route answers every path."""
    everything = Route("/{rest:path}", "ANY", "shop:everything", "django", HERE)
    with pytest.raises(UnknownRouteError) as caught:
        RouteLookup((*ROUTES, everything)).find(word)
    assert caught.value.suggestions[:1] == suggestions
