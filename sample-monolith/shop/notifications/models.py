"""Messages in the shop, mail out of the shop."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from shop.basemodels import TimestampedModel
from shop.customers.models import Customer


class Notification(models.Model):
    """A line in a customer's inbox; ``target`` is an order, a review, a product, ..."""

    recipient = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=30)
    message = models.CharField(max_length=200)
    content_type = models.ForeignKey(ContentType, null=True, blank=True, on_delete=models.SET_NULL)
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    target = GenericForeignKey("content_type", "object_id")
    created = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = [
            models.Index(fields=["recipient", "read_at"], name="notifications_inbox_idx"),
            models.Index(fields=["content_type", "object_id"], name="notifications_target_idx"),
        ]

    def __str__(self) -> str:
        return self.message


class Preference(models.Model):
    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="notification_preference"
    )
    order_mail = models.BooleanField(default=True)
    review_mail = models.BooleanField(default=False)
    reminder_mail = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"preferences of {self.customer}"


class OutboundMail(TimestampedModel):
    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    recipient = models.EmailField()
    subject = models.CharField(max_length=150)
    body = models.TextField()
    status = models.CharField(
        max_length=8, choices=Status.choices, default=Status.QUEUED, db_index=True
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_reference = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject} -> {self.recipient}"
