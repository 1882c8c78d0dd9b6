from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from shop.inventory import services
from shop.inventory.models import StockRecord
from shop.notifications.services import notify
from shop.orders.signals import order_cancelled


@receiver(order_cancelled)
def restock(sender: Any, order: Any, **kwargs: Any) -> None:
    services.put_back(order)


@receiver(post_save, sender=StockRecord)
def tell_waiting_customers(sender: type[StockRecord], instance: StockRecord, **kwargs: Any) -> None:
    if instance.available <= 0:
        return
    waiting = instance.product.stock_alerts.filter(notified_at__isnull=True)
    for alert in waiting.select_related("customer"):
        notify(alert.customer, "back_in_stock", f"{instance.product} is back", instance.product)
        alert.notified_at = timezone.now()
        alert.save(update_fields=["notified_at"])
