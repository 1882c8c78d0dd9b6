from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from shop.catalog.models import Product
from shop.reviews.models import Review
from shop.utils import chunked, to_money


class Command(BaseCommand):
    help = "Mend the copies: ratings and review counts of products, helpful counts of reviews."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--product", action="append", default=[], help="SKU; repeatable")

    def handle(self, *args: Any, **options: Any) -> None:
        products = Product.objects.with_review_stats().order_by("pk")
        reviews = Review.objects.annotate(counted=Coalesce(Sum("votes__value"), 0))
        if options["product"]:
            products = products.filter(sku__in=options["product"])
            reviews = reviews.filter(product__sku__in=options["product"])
        wrong_products = self.mend_products(list(products))
        wrong_reviews = self.mend_reviews(list(reviews.order_by("pk")))
        self.stdout.write(f"{wrong_products} products and {wrong_reviews} reviews mended")

    def mend_products(self, products: list[Product]) -> int:
        wrong = []
        for product in products:
            average = to_money(product.shown_average)
            if (product.rating_avg, product.review_count) != (average, product.shown_reviews):
                product.rating_avg, product.review_count = average, product.shown_reviews
                wrong.append(product)
        for chunk in chunked(wrong, 200):
            Product.objects.bulk_update(chunk, ["rating_avg", "review_count"])
        return len(wrong)

    def mend_reviews(self, reviews: list[Review]) -> int:
        wrong = [review for review in reviews if review.helpful_count != review.counted]
        for review in wrong:
            review.helpful_count = review.counted
        for chunk in chunked(wrong, 200):
            Review.objects.bulk_update(chunk, ["helpful_count"])
        return len(wrong)


def products_without_opinion() -> list[str]:
    """For a campaign that never happened."""
    quiet = Q(review_count=0) & Q(sold_count__gt=10)
    return list(Product.objects.filter(quiet).values_list("sku", flat=True))
