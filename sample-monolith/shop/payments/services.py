"""Charging and refunding through the payment provider."""

import hashlib
import hmac
import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
from django.conf import settings
from django.db import transaction

from shop.orders import services as order_services
from shop.payments.models import Payment, PaymentLog, Refund
from shop.utils import provider_client, to_money

if TYPE_CHECKING:
    from shop.orders.models import Order

logger = logging.getLogger(__name__)


class PaymentDeclined(Exception):
    """The provider said no."""


class ProviderDown(Exception):
    """The provider did not answer, or not with sense."""


def _post(path: str, payload: dict[str, Any]) -> dict[str, Any]:
    try:
        response = provider_client("payments").post(path, json=payload)
    except httpx.HTTPError as error:
        raise ProviderDown(str(error)) from error
    if response.status_code == 402:
        raise PaymentDeclined(response.json().get("error", "declined"))
    if response.is_error:
        raise ProviderDown(f"{path}: {response.status_code}")
    return response.json()


def log_answer(
    order_number: str, kind: str, payload: dict[str, Any], event_id: str | None = None
) -> None:
    PaymentLog.objects.create(
        order_number=order_number, kind=kind, payload=payload, event_id=event_id
    )


def charge(order: "Order", token: str) -> Payment:
    """Charges the order's total, inside the transaction of the checkout."""
    payment = Payment.objects.create(order=order, amount=order.total, currency=settings.CURRENCY)
    answer = _post(
        "/v1/charges",
        {
            "reference": order.number,
            "amount": str(order.total),
            "currency": payment.currency,
            "token": token,
        },
    )
    log_answer(order.number, "charge", answer)
    payment.provider_reference = answer["id"]
    if answer["status"] == "succeeded":
        payment.status = Payment.Status.SUCCEEDED
        order_services.mark_paid(order)
    payment.save(update_fields=["provider_reference", "status"])
    return payment


def refund_order(order: "Order", reason: str, amount: Decimal | None = None) -> Refund | None:
    """Pays ``amount`` back, or all that is left; None when nothing was ever paid."""
    payment = order.payments.filter(status=Payment.Status.SUCCEEDED).first()
    if payment is None:
        return None
    left = to_money(payment.amount - payment.refunded_amount)
    amount = min(left, amount) if amount is not None else left
    if amount <= 0:
        return None
    answer = _post("/v1/refunds", {"charge": payment.provider_reference, "amount": str(amount)})
    log_answer(order.number, "refund", answer)
    refund = Refund.objects.create(
        payment=payment, amount=amount, reason=reason, provider_reference=answer["id"]
    )
    if amount == left:
        payment.status = Payment.Status.REFUNDED
        payment.save(update_fields=["status"])
    return refund


def signature_of(body: bytes) -> str:
    return hmac.new(settings.PAYMENT_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str) -> bool:
    return hmac.compare_digest(signature_of(body), signature)


def handle_event(event: dict[str, Any]) -> bool:
    """A webhook of the provider; False when it was handled before."""
    with transaction.atomic():
        _, created = PaymentLog.objects.get_or_create(
            event_id=event["id"],
            defaults={
                "order_number": event.get("reference", ""),
                "kind": event["type"],
                "payload": event,
            },
        )
        if not created:
            return False
        payment = (
            Payment.objects.select_for_update(of=("self",))
            .select_related("order")
            .filter(order__number=event.get("reference", ""))
            .first()
        )
        if payment is None:
            logger.warning("webhook %s for an unknown order", event["id"])
        elif event["type"] == "charge.succeeded":
            payment.status = Payment.Status.SUCCEEDED
            payment.save(update_fields=["status"])
            order_services.mark_paid(payment.order)
        elif event["type"] == "charge.failed":
            payment.status = Payment.Status.FAILED
            payment.save(update_fields=["status"])
    return True
