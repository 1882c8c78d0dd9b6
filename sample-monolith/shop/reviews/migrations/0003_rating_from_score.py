from django.db import migrations


def fill_rating(apps, schema_editor):
    Review = apps.get_model("reviews", "Review")
    for review in Review.objects.filter(legacy_score__isnull=False).iterator():
        review.rating = max(1, min(5, round(review.legacy_score / 20)))
        review.save(update_fields=["rating"])


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_stars_instead_of_scores")]

    operations = [migrations.RunPython(fill_rating, migrations.RunPython.noop)]
