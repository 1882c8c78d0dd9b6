from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField("product", "sold_count", models.PositiveIntegerField(default=0)),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(fields=["is_active", "-sold_count"], name="catalog_popular_idx"),
        ),
    ]
