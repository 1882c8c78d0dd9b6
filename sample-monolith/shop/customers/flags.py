"""Feature flags: defaults from the settings, overridden by rows, cached for a few seconds."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache

if TYPE_CHECKING:
    from shop.customers.models import Customer

CACHE_KEY = "feature-flags"
CACHE_SECONDS = 5


def stored_flags() -> dict[str, tuple[bool, frozenset[int]]]:
    """Name -> (enabled for everybody, ids of the testers)."""
    from shop.customers.models import FeatureFlag

    flags = cache.get(CACHE_KEY)
    if flags is None:
        rows = FeatureFlag.objects.prefetch_related("testers")
        flags = {
            row.name: (row.enabled, frozenset(tester.pk for tester in row.testers.all()))
            for row in rows
        }
        cache.set(CACHE_KEY, flags, CACHE_SECONDS)
    return flags


def is_enabled(name: str, customer: "Customer | None" = None) -> bool:
    enabled, testers = stored_flags().get(name, (settings.FEATURES.get(name, False), frozenset()))
    if enabled or not testers:
        return enabled
    return bool(customer) and customer.pk in testers


def enabled_features(customer: "Customer | None" = None) -> dict[str, bool]:
    names = {*settings.FEATURES, *stored_flags()}
    return {name: is_enabled(name, customer) for name in sorted(names)}


def forget_flags() -> None:
    cache.delete(CACHE_KEY)
