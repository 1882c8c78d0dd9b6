from django.db import migrations, models


class Migration(migrations.Migration):
    """Who wrote it and from where, and whether they had bought it; then the guards."""

    dependencies = [("reviews", "0005_votes")]

    operations = [
        migrations.AddField(
            "review", "author_email", models.EmailField(blank=True, default="", max_length=254)
        ),
        migrations.AlterField(
            "review", "author_email", models.EmailField(blank=True, max_length=254)
        ),
        migrations.AddField(
            "review", "ip_address", models.GenericIPAddressField(blank=True, null=True)
        ),
        migrations.AddField("review", "verified_purchase", models.BooleanField(default=False)),
        migrations.AddIndex(
            "review",
            models.Index(fields=["product", "status", "-created"], name="reviews_by_product_idx"),
        ),
        migrations.AddConstraint(
            "review",
            models.CheckConstraint(
                condition=models.Q(("rating__gte", 1), ("rating__lte", 5)),
                name="reviews_rating_1_to_5",
            ),
        ),
    ]
