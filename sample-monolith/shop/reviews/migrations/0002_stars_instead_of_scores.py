import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    """Stars come in beside the score, and ``body`` gets the name the forms have always used."""

    dependencies = [("reviews", "0001_initial")]

    operations = [
        migrations.RenameField("review", "body", "text"),
        migrations.RenameField("review", "score", "legacy_score"),
        migrations.AlterField(
            "review", "legacy_score", models.FloatField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "review",
            "rating",
            models.PositiveSmallIntegerField(
                default=3,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(5),
                ],
            ),
            preserve_default=False,
        ),
    ]
