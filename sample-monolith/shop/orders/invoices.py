"""Invoices as plain text."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings

from shop.orders.models import Order

WIDTH = 64


def format_amount(value: Any) -> str:
    """``utils.format_money`` as it was in 2022, before the currency became a setting."""
    amount = Decimal(str(value or 0)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{amount:,.2f} EUR"


def invoice_text(order: Order) -> str:
    lines = [
        settings.SHOP_NAME,
        f"Invoice for order {order.number} of {order.placed_at:%d %B %Y}",
        "",
        order.ship_name,
        order.ship_street,
        f"{order.ship_postcode} {order.ship_city}, {order.ship_country}",
        "",
        "-" * WIDTH,
    ]
    for line in order.lines.all():
        lines.append(_row(f"{line.quantity} x {line.name}", line.line_total))
    lines.append("-" * WIDTH)
    lines.append(_row("Subtotal", order.subtotal))
    if order.discount:
        lines.append(_row("Discount", -order.discount))
    lines.append(_row("Shipping", order.shipping_cost))
    lines.append(_row("Total", order.total))
    for payment in order.payments.filter(status="succeeded"):
        lines.append(f"Paid, reference {payment.provider_reference}")
    return "\n".join(lines) + "\n"


def _row(label: str, value: Any) -> str:
    amount = format_amount(value)
    return f"{label[: WIDTH - len(amount) - 1]:<{WIDTH - len(amount)}}{amount}"


def credit_note_text(order: Order) -> str:
    """Asked for by accounting, never linked from anywhere."""
    refunds = [refund for payment in order.payments.all() for refund in payment.refunds.all()]
    lines = [f"Credit note for {order.number}", "-" * WIDTH]
    lines += [_row(refund.reason or "refund", refund.amount) for refund in refunds]
    return "\n".join(lines) + "\n"
