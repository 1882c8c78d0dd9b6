import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("reviews", "0003_rating_from_score"),
    ]

    operations = [
        migrations.AddField(
            "review",
            "status",
            models.CharField(
                choices=[
                    ("pending", "Waiting for moderation"),
                    ("published", "Published"),
                    ("rejected", "Rejected"),
                ],
                db_index=True,
                default="published",
                max_length=10,
            ),
        ),
        migrations.AddField("review", "flag_count", models.PositiveIntegerField(default=0)),
        migrations.AddField(
            "review", "deleted_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "review",
            "moderated_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="moderated_reviews",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("review", "moderated_at", models.DateTimeField(blank=True, null=True)),
    ]
