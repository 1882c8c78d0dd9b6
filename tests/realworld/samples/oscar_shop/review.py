"""Lets strangers write many reviews, and the readers vote for them."""

import sys
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from oscar.apps.catalogue.models import Product  # noqa: E402
from oscar.apps.catalogue.reviews.models import ProductReview, Vote  # noqa: E402

BODIES = ("Short.", "Two\nlines,\ttabbed.", 'A "quoted" one \\ \\N \\.', "Größer: 書 ☃ 𝄞", "", "x" * 3000)
books = list(Product.objects.order_by("pk"))
readers = list(User.objects.filter(is_superuser=False).order_by("pk"))
begun = datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)
count = int(sys.argv[1])
ProductReview.objects.bulk_create(
    [
        ProductReview(
            product=books[number % len(books)] if number % 50 else None, name=f"Stranger {number}",
            email=f"s{number}@example.com", homepage="" if number % 3 else "https://example.com/",
            score=number % 6, status=number % 3, title=f"Title {number}", body=BODIES[number % len(BODIES)],
        )
        for number in range(count)
    ],
    batch_size=500,
)  # fmt: skip
reviews = list(ProductReview.objects.filter(user=None).order_by("pk"))
for number, review in enumerate(reviews):
    review.date_created = begun + timedelta(minutes=number, microseconds=number)
ProductReview.objects.bulk_update(reviews, ["date_created"], batch_size=500)
Vote.objects.bulk_create(
    [
        Vote(review=review, user=readers[(number + further) % len(readers)], delta=1 if number % 3 else -1)
        for number, review in enumerate(reviews)
        for further in range(number % 4)
    ],
    batch_size=500,
)
sys.stdout.write(f"{ProductReview.objects.count()} {Vote.objects.count()}\n")
