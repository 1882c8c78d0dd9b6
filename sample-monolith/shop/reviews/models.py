"""What customers say about products, and how helpful others find it."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count
from django.urls import reverse
from django.utils import timezone

from shop.basemodels import SoftDeleteModel, SoftDeleteQuerySet, TimestampedModel
from shop.catalog.models import Product
from shop.customers.models import Customer

if TYPE_CHECKING:
    from django.db.models import QuerySet


class ReviewQuerySet(SoftDeleteQuerySet):
    def visible(self) -> "ReviewQuerySet":
        return self.filter(status=Review.Status.PUBLISHED, deleted_at__isnull=True)

    def waiting(self) -> "ReviewQuerySet":
        return self.filter(status=Review.Status.PENDING, deleted_at__isnull=True)

    def sorted_by(self, order: str) -> "ReviewQuerySet":
        return self.order_by(*Review.ORDERS.get(order, Review.ORDERS["newest"]))

    def summary(self) -> dict[str, float | int]:
        stats = self.aggregate(count=Count("id"), average=Avg("rating"))
        return {"count": stats["count"], "average": round(float(stats["average"] or 0), 2)}

    def histogram(self) -> dict[int, int]:
        """Stars -> number of reviews, five stars first."""
        rows = self.order_by().values("rating").annotate(number=Count("id"))
        numbers = {row["rating"]: row["number"] for row in rows}
        return {stars: numbers.get(stars, 0) for stars in range(5, 0, -1)}


class Review(SoftDeleteModel, TimestampedModel):
    class Status(models.TextChoices):
        PENDING = "pending", "Waiting for moderation"
        PUBLISHED = "published", "Published"
        REJECTED = "rejected", "Rejected"

    ORDERS = {
        "newest": ("-created", "-id"),
        "helpful": ("-helpful_count", "-created", "-id"),
        "best": ("-rating", "-created", "-id"),
        "worst": ("rating", "-created", "-id"),
    }

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PUBLISHED, db_index=True
    )
    verified_purchase = models.BooleanField(default=False)
    helpful_count = models.IntegerField(default=0)
    flag_count = models.PositiveIntegerField(default=0)

    # Snapshots of who wrote it, from where: personal data that outlives the profile it came from.
    author_name = models.CharField(max_length=80)
    author_email = models.EmailField(blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)

    moderated_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="moderated_reviews"
    )
    moderated_at = models.DateTimeField(null=True, blank=True)

    # The 0..100 score of the first shop. Nothing reads it since ``rating`` came.
    legacy_score = models.FloatField(null=True, blank=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(fields=["product", "status", "-created"], name="reviews_by_product_idx")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rating__gte=1, rating__lte=5), name="reviews_rating_1_to_5"
            )
        ]

    def __str__(self) -> str:
        return f"{self.author_name} on {self.product}: {self.rating}/5"

    def get_absolute_url(self) -> str:
        return reverse("catalog:reviews:list", args=[self.product.slug]) + f"#review-{self.pk}"

    @property
    def is_visible(self) -> bool:
        return self.status == self.Status.PUBLISHED and self.deleted_at is None

    def can_be_changed_by(self, customer: Customer | None) -> bool:
        return bool(customer) and (customer.pk == self.customer_id or customer.is_staff)

    def helpful_votes(self) -> "QuerySet[Vote]":
        return self.votes.filter(value=Vote.Value.HELPFUL)


class Vote(models.Model):
    class Value(models.IntegerChoices):
        HELPFUL = 1, "Helpful"
        UNHELPFUL = -1, "Not helpful"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="votes")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="review_votes")
    value = models.SmallIntegerField(choices=Value.choices, default=Value.HELPFUL)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["review", "customer"], name="one_vote_per_customer")
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.value:+d} on review {self.review_id}"
