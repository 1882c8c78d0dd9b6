"""Figures over everybody else's tables."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, F, Max, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.utils import timezone

from shop.catalog.models import Product
from shop.customers.models import Customer
from shop.inventory.models import StockRecord
from shop.orders.models import Order, OrderLine
from shop.payments.models import Refund
from shop.reports.models import AuditEntry, DailySales
from shop.reviews.models import Review
from shop.utils import client_ip, day_bounds, to_money


def record_audit(request: HttpRequest, action: str, data: dict[str, Any]) -> AuditEntry:
    return AuditEntry.objects.create(
        actor=request.user if request.user.is_authenticated else None,
        action=action,
        path=request.path[:200],
        data=data,
        request_id=getattr(request, "request_id", ""),
        ip_address=client_ip(request),
    )


def close_day(day: date) -> DailySales:
    """Counts the day; counting it again replaces the figures."""
    start, end = day_bounds(day)
    orders = Order.objects.placed_on(day).revenue_relevant()
    pieces = OrderLine.objects.filter(order__in=orders).aggregate(total=Sum("quantity"))["total"]
    refunds = Refund.objects.filter(created__gte=start, created__lt=end)
    sales, _ = DailySales.objects.update_or_create(
        day=day,
        defaults={
            "orders": orders.count(),
            "pieces": pieces or 0,
            "revenue": to_money(orders.aggregate(total=Sum("total"))["total"]),
            "refunds": to_money(refunds.aggregate(total=Sum("amount"))["total"]),
            "new_customers": Customer.objects.filter(created__gte=start, created__lt=end).count(),
            "new_reviews": Review.objects.filter(created__gte=start, created__lt=end).count(),
        },
    )
    return sales


def last_days(days: int) -> datetime:
    """``days`` before the latest order: a quiet shop still shows figures."""
    latest = Order.objects.aggregate(latest=Max("placed_at"))["latest"]
    return (latest or timezone.now()) - timedelta(days=days)


def dashboard() -> dict[str, Any]:
    since = last_days(30)
    orders = Order.objects.filter(placed_at__gte=since).revenue_relevant()
    return {
        "orders": orders.count(),
        "revenue": to_money(orders.aggregate(total=Sum("total"))["total"]),
        "by_status": list(
            Order.objects.filter(placed_at__gte=since)
            .values("status")
            .annotate(number=Count("id"))
            .order_by("status")
        ),
        "low_stock": StockRecord.objects.low(settings.LOW_STOCK_THRESHOLD).count(),
        "waiting_reviews": Review.objects.waiting().count(),
        "top_products": Product.objects.active().popular()[:5],
    }


def revenue_by_day(days: int) -> list[dict[str, Any]]:
    rows = (
        Order.objects.filter(placed_at__gte=last_days(days))
        .revenue_relevant()
        .annotate(day=TruncDate("placed_at"))
        .values("day")
        .annotate(orders=Count("id"), revenue=Sum("total"))
        .order_by("day")
    )
    return [{**row, "revenue": to_money(row["revenue"])} for row in rows]


def best_customers(limit: int = 10) -> list[dict[str, Any]]:
    return list(
        Customer.objects.filter(orders__status__in=Order.PAID_STATES)
        .values("id", "display_name", "tier")
        .annotate(orders_count=Count("orders"), spent=Sum("orders__total"))
        .order_by("-spent")[:limit]
    )


def review_activity(limit: int = 10) -> list[dict[str, Any]]:
    """Products by number of visible reviews, with the share written by buyers."""
    rows = (
        Review.objects.visible()
        .order_by()
        .values("product_id", name=F("product__name"), slug=F("product__slug"))
        .annotate(number=Count("id"), average=Avg("rating"))
        .order_by("-number", "name")[:limit]
    )
    verified = dict(
        Review.objects.visible()
        .filter(verified_purchase=True)
        .order_by()
        .values_list("product_id")
        .annotate(number=Count("id"))
    )
    return [{**row, "verified": verified.get(row["product_id"], 0)} for row in rows]
