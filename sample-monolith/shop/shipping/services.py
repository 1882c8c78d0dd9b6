"""What sending costs, and sending."""

import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
from django.conf import settings
from django.utils import timezone

from shop.shipping.models import Shipment, ShipmentLine, ShippingMethod
from shop.utils import BadInput, provider_client, to_money

if TYPE_CHECKING:
    from shop.orders.models import Order, OrderLine

logger = logging.getLogger(__name__)


def find_method(code: str) -> ShippingMethod:
    method = ShippingMethod.objects.filter(code=code, is_active=True).first()
    if method is None:
        raise BadInput({"method": f"no shipping method {code!r}"})
    return method


def quote(method: ShippingMethod, grams: int, subtotal: Decimal, country: str) -> Decimal:
    """The price of a parcel. Falls back to the table when the carrier does not answer."""
    if subtotal >= settings.FREE_SHIPPING_FROM and not method.asks_carrier:
        return Decimal("0.00")
    table_price = to_money(method.base_price + method.per_kg * Decimal(grams) / 1000)
    if not method.asks_carrier:
        return table_price
    try:
        response = provider_client("carrier").get(
            "/rates", params={"grams": grams, "country": country}
        )
        response.raise_for_status()
        return to_money(response.json()["price"])
    except (httpx.HTTPError, KeyError, ValueError) as error:
        logger.warning("no rate from the carrier: %s", error)
        return table_price


def prepare_shipment(order: "Order", lines: Sequence["OrderLine"], method_code: str) -> Shipment:
    shipment = Shipment.objects.create(order=order, method=find_method(method_code))
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line=line, quantity=line.quantity) for line in lines
    )
    return shipment


def send_parcel(order: "Order") -> str:
    """Buys a label; the tracking code."""
    shipment = order.shipment
    response = provider_client("carrier").post("/labels", json={"reference": order.number})
    response.raise_for_status()
    shipment.tracking = response.json()["tracking"]
    shipment.status = Shipment.Status.SENT
    shipment.shipped_at = timezone.now()
    shipment.save(update_fields=["tracking", "status", "shipped_at"])
    return shipment.tracking


def stop_shipment(order: "Order") -> None:
    Shipment.objects.filter(order=order, status=Shipment.Status.WAITING).update(
        status=Shipment.Status.STOPPED
    )


def parcel_delivered(order: "Order") -> None:
    Shipment.objects.filter(order=order).update(
        status=Shipment.Status.DELIVERED, delivered_at=timezone.now()
    )
