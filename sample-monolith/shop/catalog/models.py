"""What the shop sells. Nearly every other app holds a key to ``Product``."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import connection, models
from django.db.models import Avg, Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from shop.basemodels import TimestampedModel
from shop.utils import format_money

if TYPE_CHECKING:
    from shop.customers.models import Customer

RECALCULATE_RATING = """
    UPDATE catalog_product
       SET (rating_avg, review_count) = (
               SELECT COALESCE(ROUND(AVG(rating), 2), 0), COUNT(*)
                 FROM reviews_review
                WHERE product_id = %s AND status = 'published' AND deleted_at IS NULL)
     WHERE id = %s
"""


def recalculate_rating(product_id: int) -> None:
    """Count the reviews of a product again and store the copies, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(RECALCULATE_RATING, [product_id, product_id])


class Category(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=90, unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_visible = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:category", args=[self.slug])

    def with_descendants(self) -> list["Category"]:
        found = [self]
        for child in self.children.filter(is_visible=True):
            found.extend(child.with_descendants())
        return found


class Brand(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=90, unique=True)
    website = models.URLField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:brand", args=[self.slug])


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def active(self) -> "ProductQuerySet":
        return self.filter(is_active=True, category__is_visible=True)

    def for_listing(self) -> "ProductQuerySet":
        return self.active().select_related("brand", "category").prefetch_related("images")

    def with_stock(self) -> "ProductQuerySet":
        free = Sum(F("stock_records__quantity") - F("stock_records__reserved"))
        return self.annotate(available=Coalesce(free, 0))

    def with_review_stats(self) -> "ProductQuerySet":
        """The numbers of the reviews themselves, not the copies kept on the product."""
        shown = Q(reviews__status="published", reviews__deleted_at__isnull=True)
        return self.annotate(
            shown_reviews=Count("reviews", filter=shown),
            shown_average=Avg("reviews__rating", filter=shown),
        )

    def search(self, term: str) -> "ProductQuerySet":
        return self.filter(
            Q(name__icontains=term)
            | Q(sku__iexact=term)
            | Q(brand__name__icontains=term)
            | Q(tags__name__iexact=term)
        ).distinct()

    def popular(self) -> "ProductQuerySet":
        return self.order_by("-sold_count", "-rating_avg", "name")

    def bought_by(self, customer: "Customer") -> "ProductQuerySet":
        return self.filter(order_lines__order__customer=customer).distinct()


class Product(TimestampedModel):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=130, unique=True)
    sku = models.CharField(max_length=32, unique=True)
    description = models.TextField(blank=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    price = models.DecimalField(
        max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    weight_grams = models.PositiveIntegerField(default=500)
    is_active = models.BooleanField(default=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="products")
    related = models.ManyToManyField("self", blank=True)

    # Copies of what reviews and orders know; kept by signals, so often and so quietly wrong.
    rating_avg = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal("0.00"))
    review_count = models.PositiveIntegerField(default=0)
    sold_count = models.PositiveIntegerField(default=0)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["is_active", "-sold_count"], name="catalog_popular_idx")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("catalog:product", args=[self.slug])

    @property
    def display_price(self) -> str:
        return format_money(self.price)

    @property
    def available_quantity(self) -> int:
        from shop.inventory.services import available_quantity

        return available_quantity(self)

    def recalculate_rating(self) -> None:
        recalculate_rating(self.pk)


class ProductImage(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    url = models.CharField(max_length=200)
    alt = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.alt or self.url


class PriceChange(models.Model):
    """Written by a signal whenever a product is saved with another price."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="price_changes")
    old_price = models.DecimalField(max_digits=10, decimal_places=2)
    new_price = models.DecimalField(max_digits=10, decimal_places=2)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return f"{self.product}: {self.old_price} -> {self.new_price}"
