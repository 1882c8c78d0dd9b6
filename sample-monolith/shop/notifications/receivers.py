"""Orders and reviews become inbox lines and mail."""

from typing import Any

from django.dispatch import receiver

from shop.notifications.services import notify, preference_of, queue_mail
from shop.orders.signals import order_cancelled, order_placed, order_shipped
from shop.reviews.signals import review_published, review_rejected


@receiver(order_placed)
def confirm_order(sender: Any, order: Any, **kwargs: Any) -> None:
    notify(order.customer, "order", f"Thank you for order {order.number}", order)
    if preference_of(order.customer).order_mail:
        queue_mail(
            order.email, f"Your order {order.number}", "mail/order_placed.txt", {"order": order}
        )


@receiver(order_cancelled)
def confirm_cancellation(sender: Any, order: Any, reason: str, **kwargs: Any) -> None:
    notify(order.customer, "order", f"Order {order.number} was cancelled: {reason}", order)


@receiver(order_shipped)
def announce_parcel(sender: Any, order: Any, tracking: str, **kwargs: Any) -> None:
    notify(order.customer, "order", f"Order {order.number} is on its way", order)
    if preference_of(order.customer).order_mail:
        queue_mail(
            order.email,
            f"Order {order.number} is on its way",
            "mail/order_shipped.txt",
            {"order": order, "tracking": tracking},
        )


@receiver(review_published)
def tell_author(sender: Any, review: Any, **kwargs: Any) -> None:
    notify(review.customer, "review", f"Your review of {review.product} is online", review)


@receiver(review_rejected)
def tell_rejected_author(sender: Any, review: Any, reason: str, **kwargs: Any) -> None:
    text = f"Your review of {review.product} was not published"
    notify(review.customer, "review", f"{text}: {reason}" if reason else text, review)
