"""Writing, editing, moderating and removing reviews; voting on them."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from shop.catalog.models import Product
from shop.customers.models import Customer
from shop.reviews.models import Review, Vote
from shop.reviews.signals import review_published, review_rejected
from shop.utils import BadInput, is_feature_on, looks_like_spam

FLAGS_UNTIL_HIDDEN = 3
EDITABLE = ("rating", "title", "text")


class NotAllowed(Exception):
    """The customer may not do this to this review."""


def clean_review(data: dict[str, Any], partial: bool = False) -> dict[str, Any]:
    """The fields of a review in ``data``, checked; BadInput names every field that is wrong."""
    errors: dict[str, str] = {}
    cleaned: dict[str, Any] = {}
    if "rating" in data or not partial:
        rating = data.get("rating")
        if isinstance(rating, bool) or not str(rating).isdigit() or not 1 <= int(rating) <= 5:
            errors["rating"] = "a whole number from 1 to 5 is required"
        else:
            cleaned["rating"] = int(rating)
    if "text" in data or not partial:
        text = str(data.get("text") or "").strip()
        if not text:
            errors["text"] = "required"
        elif len(text) > 5000:
            errors["text"] = "at most 5000 characters"
        cleaned["text"] = text
    if "title" in data or not partial:
        title = str(data.get("title") or "").strip()
        if len(title) > 120:
            errors["title"] = "at most 120 characters"
        cleaned["title"] = title
    if errors:
        raise BadInput(errors)
    return cleaned


def initial_status(customer: Customer, text: str) -> str:
    if customer.is_staff:
        return Review.Status.PUBLISHED
    if looks_like_spam(text) or is_feature_on("review_premoderation", customer):
        return Review.Status.PENDING
    return Review.Status.PUBLISHED


def submit_review(
    product: Product, customer: Customer, data: dict[str, Any], ip_address: str | None
) -> Review:
    fields = clean_review(data)
    verified = customer.has_bought(product)
    status = initial_status(customer, f"{fields['title']} {fields['text']}")
    with transaction.atomic():
        review = Review.objects.create(
            product=product,
            customer=customer,
            author_name=customer.display_name,
            author_email=customer.email,
            ip_address=ip_address,
            verified_purchase=verified,
            status=status,
            **fields,
        )
        if review.is_visible:
            review_published.send(sender=Review, review=review)
    return review


def edit_review(
    review: Review, customer: Customer, data: dict[str, Any], partial: bool = False
) -> Review:
    if not review.can_be_changed_by(customer):
        raise NotAllowed("only the author may edit a review")
    fields = clean_review(data, partial)
    with transaction.atomic():
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        for name in EDITABLE:
            if name in fields:
                setattr(review, name, fields[name])
        if looks_like_spam(f"{review.title} {review.text}") and not customer.is_staff:
            review.status = Review.Status.PENDING
        review.save()
    return review


def remove_review(review: Review, customer: Customer, hard: bool = False) -> None:
    """Authors hide their review; staff may also remove the row, its votes going with it."""
    if not review.can_be_changed_by(customer):
        raise NotAllowed("only the author may delete a review")
    if hard and not customer.is_staff:
        raise NotAllowed("only staff may remove a review for good")
    with transaction.atomic():
        if hard:
            review.delete()
        else:
            review.soft_delete()


def cast_vote(review: Review, customer: Customer, value: int) -> tuple[Vote, bool]:
    """The vote and whether it is new; voting again changes the old vote."""
    if value not in Vote.Value.values:
        raise BadInput({"value": "1 or -1 is required"})
    if review.customer_id == customer.pk:
        raise NotAllowed("nobody votes on their own review")
    with transaction.atomic():
        vote, created = Vote.objects.get_or_create(
            review=review, customer=customer, defaults={"value": value}
        )
        if not created and vote.value != value:
            vote.value = value
            vote.save(update_fields=["value"])
    review.refresh_from_db(fields=["helpful_count"])
    return vote, created


def withdraw_vote(review: Review, customer: Customer) -> bool:
    with transaction.atomic():
        vote = review.votes.filter(customer=customer).first()
        if vote is None:
            return False
        vote.delete()
    return True


def flag_review(review: Review) -> None:
    """Enough complaints put a review back into the queue."""
    with transaction.atomic():
        Review.objects.filter(pk=review.pk).update(flag_count=F("flag_count") + 1)
        review.refresh_from_db(fields=["flag_count"])
        if review.flag_count >= FLAGS_UNTIL_HIDDEN and review.status == Review.Status.PUBLISHED:
            review.status = Review.Status.PENDING
            review.save(update_fields=["status"])


def moderate(review: Review, moderator: User, decision: str, reason: str = "") -> Review:
    if decision not in {Review.Status.PUBLISHED, Review.Status.REJECTED}:
        raise BadInput({"decision": "published or rejected is required"})
    with transaction.atomic():
        review = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
        was_visible = review.is_visible
        review.status = decision
        review.moderated_by = moderator
        review.moderated_at = timezone.now()
        review.flag_count = 0
        review.save()
        if review.is_visible and not was_visible:
            review_published.send(sender=Review, review=review)
        elif decision == Review.Status.REJECTED:
            review_rejected.send(sender=Review, review=review, reason=reason)
    return review


def moderate_many(review_ids: list[int], moderator: User, decision: str) -> int:
    """One statement for the whole page of the queue, and no signal sent: ratings go stale."""
    now = timezone.now()
    reviews = list(Review.objects.waiting().filter(pk__in=review_ids))
    for review in reviews:
        review.status = decision
        review.moderated_by = moderator
        review.moderated_at = now
    Review.objects.bulk_update(reviews, ["status", "moderated_by", "moderated_at"])
    return len(reviews)
