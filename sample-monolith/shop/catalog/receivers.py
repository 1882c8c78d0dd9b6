"""Keeps the copies on ``Product`` in step with reviews and orders."""

from typing import Any

from django.db.models import F
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from shop.catalog.models import PriceChange, Product, recalculate_rating
from shop.orders.signals import order_cancelled, order_placed
from shop.reviews.models import Review


@receiver([post_save, post_delete], sender=Review)
def refresh_rating(sender: type[Review], instance: Review, **kwargs: Any) -> None:
    recalculate_rating(instance.product_id)


@receiver(pre_save, sender=Product)
def remember_price(sender: type[Product], instance: Product, **kwargs: Any) -> None:
    if instance.pk is None:
        return
    before = Product.objects.filter(pk=instance.pk).values_list("price", flat=True).first()
    if before is not None and before != instance.price:
        PriceChange.objects.create(product=instance, old_price=before, new_price=instance.price)


@receiver(order_placed)
def count_sale(sender: Any, order: Any, **kwargs: Any) -> None:
    for line in order.lines.order_by("product_id"):
        Product.objects.filter(pk=line.product_id).update(
            sold_count=F("sold_count") + line.quantity
        )


@receiver(order_cancelled)
def uncount_sale(sender: Any, order: Any, **kwargs: Any) -> None:
    for line in order.lines.order_by("product_id"):
        Product.objects.filter(pk=line.product_id, sold_count__gte=line.quantity).update(
            sold_count=F("sold_count") - line.quantity
        )
