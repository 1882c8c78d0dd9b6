"""The tables that Django models bring."""

from __future__ import annotations

from pathlib import Path

from strangler.model.location import Location
from strangler.model.tables import TableOrigin
from tests.analyzers.frameworks.django.django_shop import SHOP, columns, keys, own_tables, tables_of


def test_a_model_has_a_table_named_after_its_app_and_class(tmp_path: Path) -> None:
    """Without Meta the table is `app_model`, and the class that maps it is kept."""
    tables = tables_of(tmp_path, SHOP)
    assert tables["orders_order"].model == "shop.orders.models:Order"
    assert tables["orders_order"].origin is TableOrigin.DJANGO


def test_a_primary_key_is_added_where_none_is_declared(tmp_path: Path) -> None:
    """The column `id` comes first and is the primary key."""
    first = tables_of(tmp_path, SHOP)["orders_customer"].columns[0]
    assert (first.name, first.primary_key, first.nullable) == ("id", True, False)


def test_foreign_keys_get_a_column_and_a_reference(tmp_path: Path) -> None:
    """The column is the field's name with `_id`; lazy names, classes and the user setting are all followed."""
    tables = tables_of(tmp_path, SHOP)
    assert columns(tables["orders_order"]) == {"id", "customer_id", "clerk_id", "number"}
    assert keys(tables["orders_order"]) == {
        ("customer_id", "orders_customer", "id"),
        ("clerk_id", "auth_user", "id"),
    }
    assert keys(tables["orders_line"]) == {("order_id", "orders_order", "id")}
    clerk = next(key for key in tables["orders_order"].foreign_keys if key.column == "clerk_id")
    assert clerk.on_delete == "SET_NULL"


def test_a_many_to_many_field_brings_a_table_of_its_own(tmp_path: Path) -> None:
    """Its name and its two keys follow Django's rule; no class maps it."""
    through = tables_of(tmp_path, SHOP)["orders_order_tags"]
    assert through.model is None
    assert keys(through) == {("order_id", "orders_order", "id"), ("tag_id", "orders_tag", "id")}


def test_tables_of_installed_packages_are_marked(tmp_path: Path) -> None:
    """`auth_user` is known because a foreign key points to it, and is not counted as the program's own."""
    assert tables_of(tmp_path, SHOP)["auth_user"].origin is TableOrigin.FRAMEWORK


def test_abstract_bases_give_their_fields_and_no_table(tmp_path: Path) -> None:
    """Fields come from abstract bases over several steps; a name set to None is taken away."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Stamped(models.Model):
                    created = models.DateTimeField()
                    note = models.TextField()

                    class Meta:
                        abstract = True

                class Owned(Stamped):
                    owner = models.ForeignKey("Person", on_delete=models.CASCADE, related_name="%(class)s_list")

                    class Meta(Stamped.Meta):
                        abstract = True

                class Person(models.Model):
                    pass

                class Parcel(Owned):
                    note = None
                    weight = models.FloatField()
            """
        },
    )
    assert set(tables) == {"shop_person", "shop_parcel"}
    assert columns(tables["shop_parcel"]) == {"id", "created", "owner_id", "weight"}


def test_a_key_stands_where_its_field_is_declared(tmp_path: Path) -> None:
    """The line of a field of an abstract base is one of the base's file, wherever the model that inherits it stands."""
    base = """
        from django.db import models


        class Owned(models.Model):
            owner = models.ForeignKey("auth.User", models.CASCADE)
            readers = models.ManyToManyField("auth.User", related_name="+")

            class Meta:
                abstract = True
    """
    models = "from shop.base import Owned\nclass Note(Owned): ...\n"
    tables = tables_of(tmp_path, {"shop/base.py": base, "shop/models.py": models})
    (owner,) = tables["shop_note"].foreign_keys
    through = {key.location for key in tables["shop_note_readers"].foreign_keys}
    assert owner.location.file.endswith("shop/base.py")
    assert {Location(owner.location.file, owner.location.line + 1)} == through


def test_a_meta_that_extends_an_abstract_one_is_not_abstract(tmp_path: Path) -> None:
    """Django resets `abstract` once it has used it, so inheriting Meta makes a concrete model."""
    assert own_tables(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Base(models.Model):
                    class Meta:
                        abstract = True

                class Thing(Base):
                    class Meta(Base.Meta):
                        ordering = ["id"]
            """
        },
    ) == {"shop_thing"}


def test_multi_table_inheritance_links_to_the_parent(tmp_path: Path) -> None:
    """The child's primary key is the link to its parent's row; the parent's columns stay with the parent."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Place(models.Model):
                    name = models.CharField(max_length=10)

                class Restaurant(Place):
                    stars = models.IntegerField()

                class Bar(Place):
                    place = models.OneToOneField(Place, parent_link=True, primary_key=True, on_delete=models.CASCADE)
            """
        },
    )
    assert columns(tables["shop_restaurant"]) == {"place_ptr_id", "stars"}
    assert keys(tables["shop_restaurant"]) == {("place_ptr_id", "shop_place", "id")}
    assert columns(tables["shop_bar"]) == {"place_id"}


def test_proxies_bring_no_table(tmp_path: Path) -> None:
    """A proxy uses the table of the model it stands for, also as the target of a key."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Place(models.Model):
                    pass

                class Venue(Place):
                    class Meta:
                        proxy = True

                class Event(models.Model):
                    venue = models.ForeignKey(Venue, on_delete=models.CASCADE)
            """
        },
    )
    assert set(tables) == {"shop_place", "shop_event"}
    assert keys(tables["shop_event"]) == {("venue_id", "shop_place", "id")}


def test_names_given_by_hand_win(tmp_path: Path) -> None:
    """`db_table`, `db_column`, `app_label`, a field's `db_table`, `to_field` and own primary keys are kept."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Country(models.Model):
                    code = models.CharField(max_length=2, primary_key=True)
                    iso = models.CharField(max_length=3, unique=True, db_column="iso3")

                    class Meta:
                        db_table = "countries"

                class City(models.Model):
                    country = models.ForeignKey(Country, on_delete=models.CASCADE)
                    flag = models.ForeignKey(
                        Country, to_field="iso", db_column="flag", on_delete=models.CASCADE, related_name="+"
                    )
                    twins = models.ManyToManyField("self", db_table="twins")

                    class Meta:
                        app_label = "places"
            """
        },
    )
    assert set(tables) == {"countries", "places_city", "twins"}
    assert columns(tables["countries"]) == {"code", "iso3"}
    assert keys(tables["places_city"]) == {("country_id", "countries", "code"), ("flag", "countries", "iso3")}
    assert columns(tables["twins"]) == {"id", "from_city_id", "to_city_id"}


def test_a_through_model_replaces_the_automatic_table(tmp_path: Path) -> None:
    """`through=` names the model between the two."""
    assert own_tables(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Person(models.Model):
                    pass

                class Group(models.Model):
                    members = models.ManyToManyField(Person, through="Membership")

                class Membership(models.Model):
                    person = models.ForeignKey(Person, on_delete=models.CASCADE)
                    group = models.ForeignKey(Group, on_delete=models.CASCADE)
            """
        },
    ) == {"shop_person", "shop_group", "shop_membership"}


def test_the_label_of_the_enclosing_app_config_counts(tmp_path: Path) -> None:
    """The innermost app's label names the table; an app without AppConfig is named by what stands before `models`."""
    assert own_tables(
        tmp_path,
        {
            "shop/apps.py": """
                from django.apps import AppConfig

                class ShopConfig(AppConfig):
                    name = "shop"
                    label = "store"
            """,
            "shop/models/stock.py": """
                from django.db import models

                class Item(models.Model):
                    pass
            """,
            "shop/returns/apps.py": """
                from django.apps import AppConfig

                class ReturnsConfig(AppConfig):
                    name = "shop.returns"
            """,
            "shop/returns/models.py": """
                from django.db import models

                class Return(models.Model):
                    pass
            """,
            "billing/models/invoice.py": """
                from django.db import models

                class Invoice(models.Model):
                    pass
            """,
        },
    ) == {"store_item", "returns_return", "billing_invoice"}


def test_the_user_model_is_the_one_the_settings_name(tmp_path: Path) -> None:
    """AUTH_USER_MODEL is read from the settings; the custom user has the columns of the base it extends."""
    tables = tables_of(
        tmp_path,
        {
            "site/settings.py": 'AUTH_USER_MODEL = "people.Person"\nROOT_URLCONF = "site.urls"\n',
            "people/models.py": """
                from django.contrib.auth.models import AbstractUser
                from django.db import models

                class Person(AbstractUser):
                    phone = models.CharField(max_length=20)
            """,
            "shop/models.py": """
                from django.contrib.auth import get_user_model
                from django.conf import settings
                from django.db import models

                class Basket(models.Model):
                    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
                    maker = models.ForeignKey(get_user_model(), on_delete=models.CASCADE, related_name="+")
            """,
        },
    )
    assert {"password", "username", "is_staff", "phone"} <= columns(tables["people_person"])
    assert keys(tables["shop_basket"]) == {("owner_id", "people_person", "id"), ("maker_id", "people_person", "id")}
    assert keys(tables["people_person_groups"]) == {
        ("person_id", "people_person", "id"),
        ("group_id", "auth_group", "id"),
    }


def test_models_declared_under_a_condition_count(tmp_path: Path) -> None:
    """A class body inside `if` at module level is a model like any other."""
    assert own_tables(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                from shop.loading import is_registered

                class AbstractItem(models.Model):
                    class Meta:
                        abstract = True

                if not is_registered("shop", "Item"):

                    class Item(AbstractItem):
                        pass
            """
        },
    ) == {"shop_item"}


def test_models_of_tests_and_migrations_do_not_count(tmp_path: Path) -> None:
    """What only tests or migrations declare is not the application's."""
    source = "from django.db import models\nclass Item(models.Model):\n    pass\n"
    assert own_tables(
        tmp_path,
        {"shop/models.py": source, "shop/tests/models.py": source, "shop/migrations/state.py": source},
    ) == {"shop_item"}


def test_custom_fields_and_fields_of_packages_are_columns(tmp_path: Path) -> None:
    """A subclass of a field, a function that makes one, a package's field; not managers and not fields of forms."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django import forms
                from django.conf import settings
                from django.db import models
                from mptt.fields import TreeForeignKey
                from phonenumber_field.modelfields import PhoneNumberField

                class Money(models.DecimalField):
                    pass

                class UserKey(models.ForeignKey):
                    def __init__(self, *args, **kwargs):
                        kwargs.setdefault("to", settings.AUTH_USER_MODEL)
                        super().__init__(*args, **kwargs)

                def short_text():
                    return models.CharField(max_length=5)

                class Item(models.Model):
                    price = Money()
                    owner = UserKey(on_delete=models.CASCADE)
                    code = short_text()
                    phone = PhoneNumberField()
                    parent = TreeForeignKey("self", on_delete=models.CASCADE)
                    helper = forms.CharField()
                    objects = models.Manager()
                    rate = 5
            """
        },
    )
    assert columns(tables["shop_item"]) == {"id", "price", "owner_id", "code", "phone", "parent_id"}
    assert keys(tables["shop_item"]) == {("owner_id", "auth_user", "id"), ("parent_id", "shop_item", "id")}


def test_generic_foreign_keys_have_no_column_of_their_own(tmp_path: Path) -> None:
    """Only the content type and the object's id are stored."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
                from django.contrib.contenttypes.models import ContentType
                from django.db import models

                class Note(models.Model):
                    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
                    object_id = models.PositiveIntegerField()
                    subject = GenericForeignKey("content_type", "object_id")

                class Item(models.Model):
                    notes = GenericRelation(Note)
            """
        },
    )
    assert columns(tables["shop_note"]) == {"id", "content_type_id", "object_id"}
    assert columns(tables["shop_item"]) == {"id"}
    assert keys(tables["shop_note"]) == {("content_type_id", "django_content_type", "id")}


def test_a_model_of_an_unknown_package_is_told_by_its_fields(tmp_path: Path) -> None:
    """A class with model fields over a base outside is a model; a view that holds a query is not."""
    assert own_tables(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                from somewhere.models import AuditedModel

                class Item(AuditedModel):
                    name = models.CharField(max_length=5)
            """,
            "shop/views.py": """
                from rest_framework import viewsets
                from shop.models import Item

                class ItemViewSet(viewsets.ModelViewSet):
                    queryset = Item.objects.none()
            """,
        },
    ) == {"shop_item"}


def test_tree_and_polymorphic_bases_bring_their_columns(tmp_path: Path) -> None:
    """Columns of well-known abstract models from installed packages are known."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                from model_utils.models import TimeStampedModel
                from polymorphic.models import PolymorphicModel
                from treebeard.mp_tree import MP_Node

                class Category(MP_Node):
                    name = models.CharField(max_length=5)

                class Media(PolymorphicModel, TimeStampedModel):
                    pass
            """
        },
    )
    assert columns(tables["shop_category"]) == {"id", "path", "depth", "numchild", "name"}
    assert columns(tables["shop_media"]) == {"id", "polymorphic_ctype_id", "created", "modified"}


def test_extending_an_installed_concrete_model_links_to_its_table(tmp_path: Path) -> None:
    """A page of a content management system is a row of its own table and of the package's."""
    tables = tables_of(
        tmp_path,
        {
            "blog/models.py": """
                from django.db import models
                from wagtail.models import Page

                class Post(Page):
                    body = models.TextField()
            """
        },
    )
    assert columns(tables["blog_post"]) == {"page_ptr_id", "body"}
    assert keys(tables["blog_post"]) == {("page_ptr_id", "wagtailcore_page", "id")}
    assert tables["wagtailcore_page"].origin is TableOrigin.FRAMEWORK


def test_packages_that_make_tables_are_known(tmp_path: Path) -> None:
    """Histories, translations and settings stores belong to the model they are declared for."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                from hierarkey.models import Hierarkey
                from parler.models import TranslatableModel, TranslatedFields
                from simple_history.models import HistoricalRecords

                settings_store = Hierarkey(attribute_name="settings")

                @settings_store.add(cache_namespace="item")
                class Item(models.Model):
                    price = models.IntegerField()
                    history = HistoricalRecords()

                class Text(TranslatableModel):
                    translations = TranslatedFields(title=models.CharField(max_length=5))
            """
        },
    )
    assert {"id", "price", "history_id", "history_date"} <= columns(tables["shop_historicalitem"])
    assert columns(tables["shop_text_translation"]) == {"id", "language_code", "title", "master_id"}
    assert keys(tables["shop_item_settingsstore"]) == {("object_id", "shop_item", "id")}


def test_events_of_a_tracked_model_have_a_table(tmp_path: Path) -> None:
    """All its columns, or the fields it names, with the tracked row and what the program was doing at the time."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                import pghistory
                from django.db import models

                @pghistory.track(pghistory.InsertEvent(), exclude=["secret"])
                class Item(models.Model):
                    owner = models.ForeignKey("auth.User", models.CASCADE)
                    secret = models.TextField()

                @pghistory.track(fields=["owner", "price"], obj_field=None, context_field=None)
                @pghistory.track(model_name="Everything", app_label="audit")
                @pghistory.track(fields=["price"], context_field=pghistory.ContextJSONField())
                class Sale(models.Model):
                    owner = models.ForeignKey("auth.User", models.CASCADE)
                    price = models.IntegerField()
            """
        },
    )
    event = {"pgh_id", "pgh_created_at", "pgh_label"}
    assert columns(tables["shop_itemevent"]) == event | {"id", "owner_id", "pgh_obj_id", "pgh_context_id"}
    assert tables["shop_itemevent"].model == "shop.models:ItemEvent"
    assert keys(tables["shop_itemevent"]) == {
        ("owner_id", "auth_user", "id"),
        ("pgh_obj_id", "shop_item", "id"),
        ("pgh_context_id", "pghistory_context", "id"),
    }
    assert columns(tables["shop_saleownerpriceevent"]) == event | {"owner_id", "price"}
    assert {"price", "owner_id", "id"} <= columns(tables["audit_everything"])
    denormalized = {"price", "pgh_obj_id", "pgh_context", "pgh_context_id"}
    assert columns(tables["shop_salepriceevent"]) == event | denormalized
    assert keys(tables["shop_salepriceevent"]) == {("pgh_obj_id", "shop_sale", "id")}


def test_a_swapped_model_has_no_table(tmp_path: Path) -> None:
    """Where the settings name another model, the swappable one is left out."""
    assert own_tables(
        tmp_path,
        {
            "site/settings.py": 'SHOP_ITEM_MODEL = "mine.Item"\nROOT_URLCONF = "site.urls"\n',
            "shop/models.py": """
                from django.db import models

                class Item(models.Model):
                    class Meta:
                        swappable = "SHOP_ITEM_MODEL"
            """,
            "mine/models.py": """
                from django.db import models

                class Item(models.Model):
                    pass
            """,
        },
    ) == {"mine_item"}


def test_an_heir_without_fields_of_a_model_is_one(tmp_path: Path) -> None:
    """Also where only its fields tell that the base is a model: it extends a class of a package nobody knows."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                from lifecycle import LifecycleModel

                class Export(LifecycleModel):
                    started = models.DateTimeField()

                class FileExport(Export):
                    TYPE = "file"
            """
        },
    )
    assert keys(tables["shop_fileexport"]) == {("export_ptr_id", "shop_export", "id")}


def test_a_key_to_a_proxy_of_an_installed_model_points_to_its_table(tmp_path: Path) -> None:
    """A proxy has no table, whichever package the model it stands for is of; it names the column all the same."""
    tables = tables_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.contrib.auth.models import Group
                from django.db import models

                class Team(Group):
                    class Meta:
                        proxy = True

                class Role(models.Model):
                    team = models.ForeignKey(Team, on_delete=models.CASCADE)
                    others = models.ManyToManyField(Team)
            """
        },
    )
    assert keys(tables["shop_role"]) == {("team_id", "auth_group", "id")}
    assert ("team_id", "auth_group", "id") in keys(tables["shop_role_others"])


def test_an_installed_model_may_be_replaced_by_a_setting(tmp_path: Path) -> None:
    """What an abstract model of the same package refers to is the model that the setting names."""
    tables = tables_of(
        tmp_path,
        {
            "site/settings.py": 'OAUTH2_PROVIDER_APPLICATION_MODEL = "api.Application"\nROOT_URLCONF = "site.urls"\n',
            "api/models.py": """
                from django.db import models
                from oauth2_provider.models import AbstractApplication, AbstractGrant

                class Application(AbstractApplication):
                    pass

                class Grant(AbstractGrant):
                    pass
            """,
        },
    )
    assert ("application_id", "api_application", "id") in keys(tables["api_grant"])


def test_lengths_and_defaults_are_read_where_they_are_literals(tmp_path: Path) -> None:
    """Also by a name, a choice, or what a field class presets; a ``TextField``'s length is none of the column's."""
    source = """
        from django.db import models

        LONGEST = 40

        class Status(models.TextChoices):
            OPEN = "open", "Open"

        class Code(models.CharField):
            def __init__(self, **kwargs):
                kwargs["max_length"] = 7
                super().__init__(**kwargs)

        class Order(models.Model):
            OLD = "old"
            code = Code(default="x")
            label = models.CharField(max_length=LONGEST, default=OLD)
            status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
            slug = models.SlugField()
            text = models.TextField(max_length=9, default="")
            paid = models.BooleanField(default=False)
            share = models.FloatField(default=0.5, null=True)
            made = models.DateTimeField(default=now)
            gone = models.DateTimeField(default=None, null=True)
            count = models.IntegerField(db_default=3)
            owner = models.ForeignKey("self", default=1, on_delete=models.CASCADE)
    """
    (table,) = (
        item for name, item in tables_of(tmp_path, {"shop/orders/models.py": source}).items() if "order" in name
    )
    assert {
        item.name: (item.max_length, item.default) for item in table.columns if item.max_length or item.default
    } == {
        "code": (7, '"x"'),
        "label": (40, '"old"'),
        "status": (10, '"open"'),
        "slug": (50, ""),
        "text": (0, '""'),
        "paid": (0, "false"),
        "share": (0, "0.5"),
        "count": (0, "3"),
    }


def test_choices_are_read_where_they_are_listed(tmp_path: Path) -> None:
    """Pairs, groups of them, a mapping, a class of choices; of what is computed only that there is more."""
    source = """
        from django.db import models

        UP = 1
        VOTES = ((UP, "Up"), (-1, "Down"))

        class Status(models.TextChoices):
            __empty__ = "?"
            OPEN = "open", "Open"
            SHUT = "shut"

        class Order(models.Model):
            vote = models.SmallIntegerField(choices=VOTES)
            kind = models.CharField(max_length=9, choices=[("A", [("a1", "1"), ("a2", "2")]), ("b", "B")])
            state = models.CharField(max_length=9, choices=Status.choices)
            other = models.CharField(max_length=9, choices=Status)
            size = models.IntegerField(choices={1: "S", 2: "M"})
            year = models.IntegerField(choices=[(year, year) for year in range(9)])
            part = models.IntegerField(choices=[(1, "a"), (computed(), "b")])
    """
    tables = tables_of(tmp_path, {"shop/orders/models.py": source})
    assert {item.name: item.choices for table in tables.values() for item in table.columns if item.choices} == {
        "vote": ("1", "-1"),
        "kind": ('"a1"', '"a2"', '"b"'),
        "state": ('"open"', '"shut"'),
        "other": ('"open"', '"shut"'),
        "size": ("1", "2"),
        "part": ("1", "..."),
    }


def test_a_table_name_may_be_put_together(tmp_path: Path) -> None:
    """With a constant that other models share."""
    model = """
        from django.db import models
        PREFIX = "legacy"
        class Bill(models.Model):
            class Meta:
                db_table = "%s_bill" % PREFIX
        class Reminder(models.Model):
            bill = models.ForeignKey(Bill, models.CASCADE)
            class Meta:
                db_table = f"{PREFIX}_reminder"
    """
    tables = tables_of(tmp_path, {**SHOP, "shop/orders/models.py": model})
    assert keys(tables["legacy_reminder"]) == {("bill_id", "legacy_bill", "id")}
