"""The ids of nodes, the same in the graph, the report, the plan and on the command line.

=========  =============================================  =======================================
kind       shape                                          example
=========  =============================================  =======================================
module     ``module:DOTTED``                              ``module:shop.orders``
class      ``class:MODULE:QUALNAME``                      ``class:shop.orders.models:Order``
function   ``function:MODULE:QUALNAME``                   ``function:shop.orders.views:create``
route      ``route:METHOD PATH``                          ``route:GET /orders/{id}``
table      ``table:NAME``                                 ``table:orders_order``
external   ``external:KIND:NAME``                         ``external:package:httpx``
entry      ``entry:KIND:NAME``                            ``entry:command:expire_carts``
=========  =============================================  =======================================
"""

from __future__ import annotations

from enum import StrEnum


class NodeKind(StrEnum):
    """What a node of the system graph stands for."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    ROUTE = "route"
    TABLE = "table"
    EXTERNAL = "external"
    ENTRY = "entry"


def module_id(name: str) -> str:
    """Return the id of a module: ``shop.orders`` -> ``module:shop.orders``."""
    return f"module:{name}"


def class_id(qualified: str) -> str:
    """Return the id of a class: ``shop.orders.models:Order`` -> ``class:shop.orders.models:Order``."""
    return f"class:{qualified}"


def function_id(qualified: str) -> str:
    """Return the id of a function: ``shop.orders.views:create`` -> ``function:shop.orders.views:create``."""
    return f"function:{qualified}"


def route_id(method: str, path: str) -> str:
    """Return the id of a route: ``GET``, ``/orders/{id}`` -> ``route:GET /orders/{id}``."""
    return f"route:{method} {path}"


def table_id(name: str) -> str:
    """Return the id of a table: ``orders_order`` -> ``table:orders_order``."""
    return f"table:{name}"


def external_id(kind: str, name: str) -> str:
    """Return the id of something outside: ``package``, ``httpx`` -> ``external:package:httpx``."""
    return f"external:{kind}:{name}"


def entry_id(kind: str, name: str) -> str:
    """Return the id of an entry point: ``command``, ``expire_carts`` -> ``entry:command:expire_carts``."""
    return f"entry:{kind}:{name}"


def kind_of(identifier: str) -> NodeKind:
    """Return the kind in an id; ValueError for anything that is not an id."""
    return NodeKind(identifier.partition(":")[0])


def name_of(identifier: str) -> str:
    """Return an id without its kind, for people to read."""
    return identifier.partition(":")[2]
