"""Profiles for new users, points for orders and reviews."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from shop.customers.flags import forget_flags, is_enabled
from shop.customers.models import Customer, FeatureFlag
from shop.orders.signals import order_cancelled, order_placed
from shop.reviews.signals import review_published


@receiver(post_save, sender=User)
def create_profile(sender: type[User], instance: User, created: bool, **kwargs: Any) -> None:
    if created and not kwargs.get("raw"):
        Customer.objects.for_user(instance)


@receiver(order_placed)
def reward_order(sender: Any, order: Any, **kwargs: Any) -> None:
    if is_enabled("loyalty", order.customer):
        order.customer.add_points(order.points_earned, f"Order {order.number}", order)


@receiver(order_cancelled)
def take_points_back(sender: Any, order: Any, **kwargs: Any) -> None:
    if is_enabled("loyalty", order.customer):
        order.customer.add_points(-order.points_earned, f"Cancelled {order.number}", order)


@receiver(review_published)
def reward_review(sender: Any, review: Any, **kwargs: Any) -> None:
    if review.verified_purchase and is_enabled("loyalty", review.customer):
        review.customer.add_points(
            settings.LOYALTY_POINTS_PER_REVIEW, f"Review of {review.product.name}"[:80]
        )


@receiver([post_save, post_delete], sender=FeatureFlag)
def flags_changed(sender: type[FeatureFlag], **kwargs: Any) -> None:
    forget_flags()


@receiver(m2m_changed, sender=FeatureFlag.testers.through)
def testers_changed(sender: Any, **kwargs: Any) -> None:
    forget_flags()
