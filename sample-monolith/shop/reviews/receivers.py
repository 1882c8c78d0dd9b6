"""What reviews do when other apps, or their own votes, change."""

from typing import Any

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from shop.customers.models import Customer
from shop.reviews.models import Review, Vote


@receiver([post_save, post_delete], sender=Vote)
def count_votes(sender: type[Vote], instance: Vote, **kwargs: Any) -> None:
    total = Vote.objects.filter(review_id=instance.review_id).aggregate(
        total=Coalesce(Sum("value"), 0)
    )
    Review.objects.filter(pk=instance.review_id).update(helpful_count=total["total"])


@receiver(post_save, sender=Customer)
def follow_display_name(
    sender: type[Customer], instance: Customer, created: bool, **kwargs: Any
) -> None:
    """A renamed customer shows under the new name on old reviews, too."""
    if created:
        return
    Review.objects.filter(customer=instance).exclude(author_name=instance.display_name).update(
        author_name=instance.display_name
    )
