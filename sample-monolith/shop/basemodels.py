"""Abstract models that most tables of the shop are built on."""

from typing import Any

from django.db import models
from django.utils import timezone


class TimestampedModel(models.Model):
    """Adds ``created`` and ``updated``.

    ``updated`` is set by ``save()`` only: ``QuerySet.update()`` and ``bulk_update()`` leave it alone.
    """

    created = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    updated = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self.updated = timezone.now()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "updated"}
        super().save(*args, **kwargs)


class SoftDeleteQuerySet(models.QuerySet):
    def alive(self) -> "SoftDeleteQuerySet":
        return self.filter(deleted_at__isnull=True)

    def dead(self) -> "SoftDeleteQuerySet":
        return self.filter(deleted_at__isnull=False)


class SoftDeleteModel(models.Model):
    """A row that is hidden first and removed later, by hand."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    def soft_delete(self) -> None:
        self.deleted_at = timezone.now()
        self.save(update_fields=["deleted_at"])

    def restore(self) -> None:
        self.deleted_at = None
        self.save(update_fields=["deleted_at"])


class PublicNumberModel(models.Model):
    """A human-readable number beside the integer key (orders, returns, shipments)."""

    number_prefix = "N"
    number = models.CharField(max_length=24, unique=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.number:
            from shop.utils import generate_number

            self.number = generate_number(self.number_prefix)
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.number
