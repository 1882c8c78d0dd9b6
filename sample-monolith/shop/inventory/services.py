"""Taking goods out of stock and putting them back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Sum

from shop.catalog.models import Product
from shop.inventory.models import StockAlert, StockMovement, StockRecord, Warehouse

if TYPE_CHECKING:
    from shop.orders.models import Order, OrderLine


class OutOfStock(Exception):
    """``product`` is not there in the wanted quantity."""

    def __init__(self, product: Product, wanted: int, available: int) -> None:
        super().__init__(f"{product.name}: {wanted} wanted, {available} available")
        self.product = product
        self.wanted = wanted
        self.available = available


def available_quantity(product: Product) -> int:
    free = product.stock_records.aggregate(free=Sum(F("quantity") - F("reserved")))["free"]
    return free or 0


def take_stock(order: "Order", lines: Sequence["OrderLine"]) -> None:
    """Books the sale of every line; locks the records in key order, so that two checkouts never
    wait for each other."""
    with transaction.atomic():
        product_ids = [line.product_id for line in lines]
        records = (
            StockRecord.objects.select_for_update(of=("self",))
            .filter(product_id__in=product_ids)
            .order_by("product_id", "warehouse__priority")
        )
        by_product: dict[int, list[StockRecord]] = {}
        for record in records:
            by_product.setdefault(record.product_id, []).append(record)
        movements: list[StockMovement] = []
        for line in lines:
            movements += _take_line(order, line, by_product.get(line.product_id, []))
        StockMovement.objects.bulk_create(movements)


def _take_line(
    order: "Order", line: "OrderLine", records: list[StockRecord]
) -> list[StockMovement]:
    available = sum(record.available for record in records)
    if available < line.quantity:
        raise OutOfStock(line.product, line.quantity, available)
    missing = line.quantity
    movements = []
    for record in records:
        taken = min(missing, record.available)
        if taken:
            record.quantity -= taken
            record.save(update_fields=["quantity"])
            movements.append(
                StockMovement(
                    record=record, order=order, kind=StockMovement.Kind.SALE, delta=-taken
                )
            )
            missing -= taken
    return movements


def put_back(order: "Order") -> int:
    """Reverses every sale of the order; the number of pieces put back."""
    pieces = 0
    with transaction.atomic():
        sales = StockMovement.objects.filter(order=order, kind=StockMovement.Kind.SALE)
        for movement in sales.order_by("record_id"):
            StockRecord.objects.filter(pk=movement.record_id).update(
                quantity=F("quantity") - movement.delta
            )
            StockMovement.objects.create(
                record=movement.record,
                order=order,
                kind=StockMovement.Kind.RETURN,
                delta=-movement.delta,
            )
            pieces -= movement.delta
    return pieces


def receive(product: Product, warehouse: Warehouse, quantity: int) -> StockRecord:
    """Goods have arrived; those who waited for them are told by the stock-record signal."""
    with transaction.atomic():
        record, _ = StockRecord.objects.select_for_update().get_or_create(
            product=product, warehouse=warehouse
        )
        record.quantity += quantity
        record.save(update_fields=["quantity"])
        StockMovement.objects.create(record=record, kind=StockMovement.Kind.RECEIPT, delta=quantity)
    return record


def wait_for(product: Product, customer_id: int) -> bool:
    """False when the customer was waiting already."""
    _, created = StockAlert.objects.get_or_create(product=product, customer_id=customer_id)
    return created


def stock_by_warehouse(product: Product) -> dict[str, int]:
    rows = product.stock_records.values_list("warehouse__code", "quantity", "reserved")
    return {code: quantity - reserved for code, quantity, reserved in rows}
