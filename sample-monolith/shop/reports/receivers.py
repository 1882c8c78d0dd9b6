"""Changes of prices leave a trail, whoever made them."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.catalog.models import PriceChange
from shop.reports.models import AuditEntry


@receiver(post_save, sender=PriceChange)
def note_price_change(
    sender: type[PriceChange], instance: PriceChange, created: bool, **kwargs: Any
) -> None:
    if created:
        AuditEntry.objects.create(
            action="price.changed",
            path=instance.product.get_absolute_url(),
            data={"old": str(instance.old_price), "new": str(instance.new_price)},
        )
