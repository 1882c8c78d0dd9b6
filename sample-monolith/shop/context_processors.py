"""What every page gets, asked for or not."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shop.customers.flags import enabled_features


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {
        "shop_name": settings.SHOP_NAME,
        "currency": settings.CURRENCY,
        "unread_notifications": SimpleLazyObject(lambda: _unread(request)),
    }


def features(request: HttpRequest) -> dict[str, Any]:
    return {"features": enabled_features(getattr(request, "customer", None))}


def _unread(request: HttpRequest) -> int:
    from shop.notifications.models import Notification

    customer = getattr(request, "customer", None)
    if not customer:
        return 0
    return Notification.objects.filter(recipient=customer, read_at__isnull=True).count()
