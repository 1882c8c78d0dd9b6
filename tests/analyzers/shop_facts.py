"""A believable small shop as facts, written by hand: what the tests of the graph, the exports and the report ask.

::

    POST /orders -> AuthMiddleware, views.create -> services.place_order (atomic) -> reserve, Order.save, charge,
                    a signal to loyalty.add_points, a queued mail; retry <-> charge are recursive
"""

from __future__ import annotations

from dataclasses import replace

from strangler.model.evidence import (
    AccessTraffic,
    ObservedRun,
    RouteTraffic,
    StatementTraffic,
    TableTraffic,
    UnmatchedRequest,
)
from strangler.model.location import Location
from strangler.model.system import (
    AccessMode,
    AmbiguousCall,
    Call,
    CallKind,
    Class,
    Confidence,
    EntryKind,
    EntryPoint,
    ExternalKind,
    Function,
    Import,
    Ledger,
    Module,
    ModuleRole,
    OutsideUse,
    Route,
    SkippedFile,
    SystemFacts,
    TableAccess,
    Variant,
)
from strangler.model.tables import Column, ForeignKey, Table, TableOrigin

_ROLES = {"shop.tests.test_orders": ModuleRole.TEST, "shop.orders.migrations.initial": ModuleRole.MIGRATION}
_LINES = {
    "shop.accounts.middleware": 30,
    "shop.accounts.models": 40,
    "shop.catalog.models": 80,
    "shop.catalog.stock": 45,
    "shop.catalog.views": 60,
    "shop.notifications.tasks": 35,
    "shop.orders.loyalty": 20,
    "shop.orders.migrations.initial": 50,
    "shop.orders.models": 90,
    "shop.orders.services": 120,
    "shop.orders.views": 75,
    "shop.payments.client": 55,
    "shop.tests.test_orders": 100,
    "shop.utils": 25,
}
_IMPORTS = """
    shop.accounts.middleware shop.accounts.models 3
    shop.catalog.models shop.orders.models 40 deferred
    shop.catalog.stock shop.catalog.models 2
    shop.catalog.views shop.catalog.models 4
    shop.catalog.views shop.utils 5
    shop.notifications.tasks shop.orders.models 3
    shop.orders.loyalty shop.accounts.models 2
    shop.orders.models shop.accounts.models 5 typing
    shop.orders.models shop.catalog.models 4
    shop.orders.services shop.catalog.stock 6
    shop.orders.services shop.notifications.tasks 7
    shop.orders.services shop.orders.models 5
    shop.orders.services shop.payments.client 8
    shop.orders.views shop.orders.services 4
    shop.orders.views shop.utils 5
    shop.payments.client shop.orders.services 9
    shop.tests.test_orders shop.orders.views 2
"""
_CALLS = """
    shop.catalog.views:page 14:11 shop.utils:paginate
    shop.orders.views:create 22:4 shop.utils:paginate
    shop.orders.views:create 24:12 shop.orders.services:place_order
    shop.orders.services:place_order 31:8 shop.catalog.stock:reserve loop @30
    shop.orders.services:place_order 33:8 shop.orders.models:Order @30
    shop.orders.services:place_order 34:8 shop.orders.models:Order.save @30
    shop.orders.services:place_order 36:8 shop.payments.client:charge @30
    shop.orders.services:place_order 40:4 shop.notifications.tasks:send_receipt async
    shop.orders.models:Order.save 55:8 shop.orders.loyalty:add_points signal likely
    shop.payments.client:charge 18:8 shop.payments.client:retry
    shop.payments.client:retry 30:8 shop.payments.client:charge possible
    shop.catalog.stock:expire 30:4 shop.catalog.stock:reserve @29
"""
_ACCESSES = """
    shop.accounts.middleware:AuthMiddleware.__call__ 15:8 read auth_user get
    shop.catalog.stock:reserve 12:4 read catalog_stock select_for_update
    shop.catalog.stock:reserve 14:4 write catalog_stock update @13
    shop.catalog.views:page 12:11 read catalog_product filter
    shop.catalog.views:page 13:11 read reviews_review raw likely
    shop.notifications.tasks:send_receipt 20:8 read orders_order get
    shop.notifications.tasks:send_receipt 24:8 write notifications_mail create
    shop.orders.loyalty:add_points 9:4 write accounts_customer update
    shop.orders.models:Order.save 52:8 write orders_order save
    shop.payments.client:charge 20:8 write orders_order update
"""
_FUNCTIONS = """
    shop.accounts.middleware:AuthMiddleware.__call__ 12-18
    shop.catalog.stock:expire 28-31
    shop.catalog.stock:reserve 10-16
    shop.catalog.views:page 10-20
    shop.notifications.tasks:send_receipt 18-28 async
    shop.orders.loyalty:add_points 7-10
    shop.orders.models:Order.save 50-56
    shop.orders.services:place_order 28-44
    shop.orders.views:create 20-30
    shop.payments.client:charge 15-24
    shop.payments.client:retry 28-34
    shop.utils:paginate 5-12
"""


def shop_facts() -> SystemFacts:
    """The facts of the shop."""
    return SystemFacts(
        root="shop",
        frameworks=("django",),
        modules=tuple(
            Module(name, file_of(name), lines, _ROLES.get(name, ModuleRole.APPLICATION))
            for name, lines in sorted(_LINES.items())
        ),
        classes=(
            Class("shop.accounts.middleware:AuthMiddleware", _at("shop.accounts.middleware", 8)),
            Class("shop.accounts.models:Customer", _at("shop.accounts.models", 6), ("django.db.models.Model",)),
            Class("shop.catalog.models:Product", _at("shop.catalog.models", 10), ("django.db.models.Model",)),
            Class("shop.catalog.models:Stock", _at("shop.catalog.models", 30), ("django.db.models.Model",)),
            Class("shop.orders.models:GiftOrder", _at("shop.orders.models", 70), ("shop.orders.models:Order",)),
            Class("shop.orders.models:Order", _at("shop.orders.models", 12), ("django.db.models.Model",)),
        ),
        functions=tuple(map(_function, _rows(_FUNCTIONS))),
        imports=tuple(map(_import, _rows(_IMPORTS))),
        calls=tuple(map(_call, _rows(_CALLS))),
        routes=_routes(),
        entry_points=(
            EntryPoint(EntryKind.COMMAND, "expire_stock", "shop.catalog.stock:expire", _at("shop.catalog.stock", 28)),
            EntryPoint(
                EntryKind.TASK,
                "send_receipt",
                "shop.notifications.tasks:send_receipt",
                _at("shop.notifications.tasks", 18),
            ),
        ),
        tables=_tables(),
        accesses=tuple(map(_access, _rows(_ACCESSES))),
        outside=(
            OutsideUse(
                "shop.notifications.tasks:send_receipt",
                _at("shop.notifications.tasks", 26),
                4,
                ExternalKind.MAIL,
                "smtp",
                "send_mail",
            ),
            OutsideUse(
                "shop.payments.client:charge",
                _at("shop.payments.client", 17),
                15,
                ExternalKind.HTTP,
                "api.pay.example",
                "httpx.post",
            ),
        ),
        variants=(
            Variant(
                "shop.orders.models:Order.save",
                "shop.orders.models:Gift",
                calls=(
                    Call(
                        "shop.orders.models:Order.save", _at("shop.orders.models", 20), 8, "shop.payments.client:charge"
                    ),
                ),
            ),
        ),
        ambiguous=(
            AmbiguousCall(
                "shop.orders.views:create", _at("shop.orders.views", 28), "refresh", ("shop.orders.models:Order.save",)
            ),
        ),
        skipped=(SkippedFile("shop/legacy/report.py", "syntax error at line 3"),),
        ledger=Ledger(total=40, resolved=12, external=14, builtin=9, ambiguous=1, opaque=4),
    )


def with_logs(facts: SystemFacts) -> SystemFacts:
    """The same facts with what logs and a recorded run say of one route and one table."""
    route = RouteTraffic("/orders", "POST", 120, 7, 2, 12.5, 80.4, 310.0)
    return replace(
        facts,
        access_traffic=AccessTraffic(121, 3, (route,), (UnmatchedRequest("/old/{}", "GET", 1),)),
        statement_traffic=StatementTraffic(300, 40, 0, (TableTraffic("orders_order", 150, 110),), ()),
        observed=ObservedRun(
            functions=("shop.orders.views:create",),
            calls=(("shop.orders.views:create", "shop.orders.services:place_order"),),
            library_calls=(("shop.orders.views:create", "shop.orders.models:Order.save"),),
            reads=(),
            writes=(("shop.orders.models:Order.save", "orders_order"),),
            routes=(("/orders", "POST"),),
            route_reads=(),
            route_writes=(("/orders", "POST", "orders_order"),),
            unmatched=(),
            unknown_functions=0,
        ),
    )


def without_places_to_enter(facts: SystemFacts) -> SystemFacts:
    """The same facts from an analyzer that does not know what the framework runs."""
    return replace(facts, routes=tuple(replace(route, entry=(), first_own=0) for route in facts.routes))


def file_of(module: str) -> str:
    """The file of a module of the shop."""
    return f"{module.replace('.', '/')}.py"


def _routes() -> tuple[Route, ...]:
    middleware = "shop.accounts.middleware:AuthMiddleware.__call__"
    return tuple(
        Route(
            path,
            method,
            handler,
            "django",
            _at("shop.orders.views" if "orders" in path else "shop.catalog.views", line),
            name=name,
            entry=(middleware, handler),
            first_own=1,
        )
        for path, method, handler, line, name in (
            ("/orders", "GET", "shop.orders.views:create", 3, "orders"),
            ("/orders", "POST", "shop.orders.views:create", 3, "orders"),
            ("/products/{id}", "ANY", "shop.catalog.views:page", 4, "product"),
            ("/products/{id}/{slug:path}", "GET", "shop.catalog.views:page", 5, ""),
        )
    )


def _tables() -> tuple[Table, ...]:
    def mapped(name: str, model: str, line: int, *keys: ForeignKey) -> Table:
        columns = (Column("id", "AutoField", primary_key=True), *(Column(key.column, "ForeignKey") for key in keys))
        return Table(name, TableOrigin.DJANGO, model, _at(model.partition(":")[0], line), columns, keys)

    customer = ForeignKey("customer_id", "accounts_customer", "id", _at("shop.orders.models", 15), "PROTECT")
    product = ForeignKey("product_id", "catalog_product", "id", _at("shop.catalog.models", 32), "CASCADE")
    return (
        mapped("accounts_customer", "shop.accounts.models:Customer", 6),
        Table("auth_user", TableOrigin.FRAMEWORK, None, None),
        mapped("catalog_product", "shop.catalog.models:Product", 10),
        mapped("catalog_stock", "shop.catalog.models:Stock", 30, product),
        Table("notifications_mail", TableOrigin.RAW_SQL, None, _at("shop.notifications.tasks", 24)),
        mapped("orders_order", "shop.orders.models:Order", 12, customer),
        Table("reviews_review", TableOrigin.RAW_SQL, None, _at("shop.catalog.views", 13)),
    )


def _rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def _at(module: str, line: int) -> Location:
    return Location(file_of(module), line)


def _function(row: list[str]) -> Function:
    name, lines, *flags = row
    start, end = map(int, lines.split("-"))
    return Function(name, _at(name.partition(":")[0], start), end, is_async="async" in flags)


def _import(row: list[str]) -> Import:
    importer, imported, line, *flags = row
    return Import(importer, imported, _at(importer, int(line)), "deferred" in flags, "typing" in flags)


def _statement(name: str, place: str, flags: list[str]) -> tuple[Location, int, Confidence, Location | None]:
    module = name.partition(":")[0]
    line, column = map(int, place.split(":"))
    confidence = next((level for level in Confidence if level.value in flags), Confidence.CERTAIN)
    begin = next((_at(module, int(flag[1:])) for flag in flags if flag.startswith("@")), None)
    return _at(module, line), column, confidence, begin


def _call(row: list[str]) -> Call:
    caller, place, callee, *flags = row
    location, column, confidence, transaction = _statement(caller, place, flags)
    kind = next((kind for kind in CallKind if kind.value in flags), CallKind.DIRECT)
    return Call(caller, location, column, callee, kind, confidence, transaction, in_loop="loop" in flags)


def _access(row: list[str]) -> TableAccess:
    function, place, mode, table, operation, *flags = row
    location, column, confidence, transaction = _statement(function, place, flags)
    return TableAccess(function, location, column, table, AccessMode(mode), operation, confidence, transaction)
