"""Forgets remembered tokens when their owner changes; in this process only."""

from typing import Any

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from shop.api.models import ApiToken
from shop.customers.models import Customer


@receiver([post_save, post_delete], sender=ApiToken)
def token_changed(sender: type[ApiToken], instance: ApiToken, **kwargs: Any) -> None:
    cache.delete(f"token:{instance.key}")


@receiver(post_save, sender=Customer)
def owner_changed(sender: type[Customer], instance: Customer, created: bool, **kwargs: Any) -> None:
    if not created:
        keys = instance.api_tokens.values_list("key", flat=True)
        cache.delete_many(f"token:{key}" for key in keys)
