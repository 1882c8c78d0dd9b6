"""Models below a package that is not analysed: the program's own migrations know their fields."""

from __future__ import annotations

from pathlib import Path

from strangler.model.tables import Table
from tests.analyzers.frameworks.django.django_shop import columns, keys, tables_of

MODELS = """
    from django.db import models
    from outside.models import Submission, Titled

    class Form(Submission):
        pass

    class Panel(Titled):
        own = models.TextField()
        dropped = None
"""
FIRST = """
    from django.conf import settings
    from django.db import migrations, models
    from wagtail.images import get_image_model_string

    class Migration(migrations.Migration):
        operations = [
            migrations.CreateModel(
                name="Form",
                fields=[
                    ("id", models.AutoField(auto_created=True, primary_key=True)),
                    ("text", models.TextField()),
                    ("gone", models.TextField()),
                    ("user", models.ForeignKey(to=settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True)),
                    ("image", models.ForeignKey(get_image_model_string(), models.SET_NULL, null=True)),
                ],
                options={"abstract": False},
            ),
            migrations.CreateModel(
                "Board", [("code", models.UUIDField(primary_key=True)), ("title", models.TextField())]
            ),
            migrations.CreateModel("Removed", [("id", models.AutoField(primary_key=True))]),
        ]
"""
SECOND = """
    from django.db import migrations, models

    class Migration(migrations.Migration):
        dependencies = [("forms", "0001_initial"), ("forms", "0003_panel")]
        operations = [
            migrations.RemoveField("form", "gone"),
            migrations.RenameField(model_name="Form", old_name="text", new_name="data"),
            migrations.AlterField("panel", "title", models.CharField(db_column="heading", null=True)),
            migrations.DeleteModel("Removed"),
        ]
"""
THIRD = """
    from django.db import migrations, models

    class Migration(migrations.Migration):
        dependencies = [("forms", "0001_initial")]
        operations = [
            migrations.AddField("Form", "board", models.ForeignKey("forms.Board", models.CASCADE)),
            migrations.RenameModel("Board", "Panel"),
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.AddField("panel", "dropped", models.TextField())]
            ),
        ]
"""


def _forms(folder: Path, models: str = MODELS, **more: str) -> dict[str, Table]:
    migrations = {"0001_initial": FIRST, "0002_later": SECOND, "0003_panel": THIRD, **more}
    return tables_of(
        folder,
        {
            "shop/forms/__init__.py": "",
            "shop/forms/models.py": models,
            "shop/forms/migrations/__init__.py": "",
            **{f"shop/forms/migrations/{name}.py": text for name, text in migrations.items()},
        },
    )


def test_what_a_class_inherits_unseen_is_as_its_migrations_left_it(tmp_path: Path) -> None:
    """In the order of their dependencies, not of their names; also a class without a field of its own is a model."""
    tables = _forms(tmp_path)
    assert columns(tables["forms_form"]) == {"id", "data", "user_id", "image_id", "board_id"}
    assert columns(tables["forms_panel"]) == {"code", "heading", "own"}
    assert [column.name for column in tables["forms_panel"].columns if column.primary_key] == ["code"]


def test_keys_of_migrations_lead_where_they_led(tmp_path: Path) -> None:
    """By setting, by the function that names a model, and to a model that has another name since."""
    assert keys(_forms(tmp_path)["forms_form"]) == {
        ("user_id", "auth_user", "id"),
        ("image_id", "wagtailimages_image", "id"),
        ("board_id", "forms_panel", "code"),
    }


def test_a_class_that_no_migration_makes_is_no_model(tmp_path: Path) -> None:
    """Neither is one whose table was dropped, nor one that only shares its name with a model."""
    models = f"{MODELS}\n    class Removed(Submission): pass\n\n    class Other(Submission): pass\n"
    assert {name for name in _forms(tmp_path, models) if name.startswith("forms_")} == {"forms_form", "forms_panel"}
    (tmp_path / "shop/forms/views.py").write_text("from outside.forms import Base\n\nclass Form(Base): pass\n")
    assert columns(_forms(tmp_path)["forms_form"]) == {"id", "data", "user_id", "image_id", "board_id"}


def test_migrations_in_a_circle_and_replaced_ones_are_read_once(tmp_path: Path) -> None:
    """A squashed migration stands for those it replaces, and a circle ends."""
    squashed = """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            replaces = [("forms", "0001_initial"), ("forms", "0002_later"), ("forms", "0003_panel")]
            dependencies = [("forms", "0005_circle")]
            operations = [migrations.CreateModel("Form", [("only", models.TextField())])]
    """
    circle = """
        from django.db import migrations, models

        class Migration(migrations.Migration):
            dependencies = [("forms", "0004_squashed")]
            operations = [migrations.AddField("form", "late", models.TextField())]
    """
    found = _forms(tmp_path, **{"0004_squashed": squashed, "0005_circle": circle})
    assert columns(found["forms_form"]) - {"late"} == {"id", "only"}


def test_what_is_seen_is_not_taken_from_migrations(tmp_path: Path) -> None:
    """Where every base is known the classes say what is there, whatever migrations lag behind."""
    models = """
        from django.db import models

        class Form(models.Model):
            own = models.TextField()
    """
    assert columns(_forms(tmp_path, models)["forms_form"]) == {"id", "own"}


def test_a_migration_says_what_a_field_of_an_unseen_package_points_to(tmp_path: Path) -> None:
    """Its class is called a field, but it is given a model or asked what becomes of its row; others a run names."""
    models = """
        from django.db import models
        from pictures.fields import PictureField, PlaceField
        from pictures.names import chosen

        class Form(models.Model):
            picture = PictureField(null=True, on_delete=models.SET_NULL)
            place = PlaceField("content", related_name="forms")
            shown = models.ForeignKey(chosen(), models.CASCADE)
            plain = PlaceField()
    """
    migration = """
        import pictures.fields
        from django.db import migrations, models

        class Migration(migrations.Migration):
            operations = [
                migrations.CreateModel(
                    "Form",
                    [
                        ("picture", pictures.fields.PictureField(null=True, to="pictures.Picture")),
                        ("place", pictures.fields.PlaceField(slot="content", to="pages.Place", null=True)),
                        ("shown", models.ForeignKey(to="pages.Page", on_delete=models.CASCADE)),
                        ("plain", pictures.fields.PlaceField()),
                    ],
                )
            ]
    """
    table = _forms(tmp_path, models, **{"0001_initial": migration, "0002_later": "", "0003_panel": ""})["forms_form"]
    assert columns(table) == {"id", "picture_id", "place_id", "shown_id", "plain"}
    assert keys(table) == {
        ("picture_id", "pictures_picture", "id"),
        ("place_id", "pages_place", "id"),
        ("shown_id", "pages_page", "id"),
    }
