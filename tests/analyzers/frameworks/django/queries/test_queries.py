"""The tables that queries read and write."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import AccessMode
from tests.analyzers.frameworks.django.django_shop import SHOP, reads, shop_facts, touched, writes
from tests.analyzers.source_tree import facts_of

READ, WRITE = AccessMode.READ, AccessMode.WRITE


@pytest.mark.parametrize(
    "query",
    [
        "Order.objects.all()",
        "Order.objects.filter(number='1').order_by('number').first()",
        "Order.objects.exclude(number='1').count()",
        "Order._default_manager.get(number='1')",
        "Order.objects.values_list('number')",
        "get_object_or_404(Order, number='1')",
        "get_object_or_404(Order.objects.all(), number='1')",
    ],
)
def test_a_query_reads_its_table(tmp_path: Path, query: str) -> None:
    """Whatever method asks for rows, the model's table is read and none is written."""
    assert reads(tmp_path / "read", query) == {"orders_order"}
    assert writes(tmp_path / "write", query) == set()


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("Line.objects.filter(order__customer__name='x')", {"orders_line", "orders_order", "orders_customer"}),
        ("Line.objects.filter(order__number='x')", {"orders_line", "orders_order"}),
        ("Line.objects.filter(order=1, order__pk__in=[2])", {"orders_line"}),
        ("Line.objects.filter(Q(order__number='x') | Q(quantity=1))", {"orders_line", "orders_order"}),
        ("Line.objects.order_by('-order__number')", {"orders_line", "orders_order"}),
        ("Line.objects.values('order__customer__name')", {"orders_line", "orders_order", "orders_customer"}),
        ("Line.objects.select_related('order__customer')", {"orders_line", "orders_order", "orders_customer"}),
        ("Order.objects.prefetch_related('lines')", {"orders_order", "orders_line"}),
        ("Order.objects.prefetch_related(Prefetch('lines'))", {"orders_order", "orders_line"}),
        ("Order.objects.annotate(total=Count('lines'))", {"orders_order", "orders_line"}),
        ("Order.objects.filter(tags__label='x')", {"orders_order", "orders_order_tags", "orders_tag"}),
        ("Order.objects.filter(tags=1)", {"orders_order", "orders_order_tags"}),
        ("Order.objects.filter(invoice__isnull=True)", {"orders_order", "orders_invoice"}),
        ("Customer.objects.filter(orders__lines__quantity=F('orders__number'))",
         {"orders_customer", "orders_order", "orders_line"}),
        ("Line.objects.filter(**{'order__number': 1})", {"orders_line", "orders_order"}),
    ],
)  # fmt: skip
def test_lookups_join_the_tables_on_their_way(tmp_path: Path, query: str, tables: set[str]) -> None:
    """A lookup over relations reads every table it crosses; a key the table holds itself needs no join."""
    assert reads(tmp_path, query) == tables


def test_a_condition_kept_in_a_variable_is_followed(tmp_path: Path) -> None:
    """What a Q object asks for counts where the query uses it."""
    assert reads(tmp_path, "wanted = Q(order__number=1)\nLine.objects.filter(wanted)") == {
        "orders_line",
        "orders_order",
    }


@pytest.mark.parametrize(
    ("body", "read", "written"),
    [
        ("Tag.objects.create(label='x')", set[str](), {"orders_tag"}),
        ("Tag.objects.bulk_create([Tag(label='x')])", set[str](), {"orders_tag"}),
        ("Tag.objects.filter(label='x').update(label='y')", set[str](), {"orders_tag"}),
        ("Tag.objects.get_or_create(label='x')", {"orders_tag"}, {"orders_tag"}),
        ("tag = Tag(label='x')\ntag.save()", set[str](), {"orders_tag"}),
        ("tag, made = Tag.objects.update_or_create(label='x')\ntag.save()", {"orders_tag"}, {"orders_tag"}),
        ("for line in Line.objects.all():\n    line.save()", {"orders_line"}, {"orders_line"}),
        ("line = Line.objects.first()\nline.refresh_from_db()", {"orders_line"}, set[str]()),
    ],
)
def test_changes_write_the_table(tmp_path: Path, body: str, read: set[str], written: set[str]) -> None:
    """Creating, saving and updating write; only what looks first reads."""
    assert reads(tmp_path / "read", body) == read
    assert writes(tmp_path / "write", body) == written


def test_locking_rows_reads_them(tmp_path: Path) -> None:
    """`select_for_update` is a read that says so."""
    facts = shop_facts(tmp_path, "def view():\n    Order.objects.select_for_update().get(pk=1)\n")
    found = {(access.operation, access.mode) for access in facts.accesses if access.table == "orders_order"}
    assert ("select_for_update", READ) in found
    assert not [mode for _, mode in found if mode is WRITE]


def test_deleting_follows_the_keys(tmp_path: Path) -> None:
    """Rows that go along, entries of many-to-many tables and nulled references are looked for and written too."""
    touched = {"orders_customer", "orders_order", "orders_order_tags", "orders_line"}
    assert writes(tmp_path / "write", "Customer.objects.filter(name='x').delete()") == touched
    assert reads(tmp_path / "read", "Customer.objects.filter(name='x').delete()") == touched


@pytest.mark.parametrize(
    ("body", "read", "written"),
    [
        ("line = Line.objects.first()\nline.order.customer.name", {"orders_line", "orders_order", "orders_customer"},
         set[str]()),
        ("line = Line.objects.first()\nline.order_id", {"orders_line"}, set[str]()),
        ("order = Order()\norder.lines.all()", {"orders_line"}, set[str]()),
        ("order = Order()\norder.invoice", {"orders_invoice"}, set[str]()),
        ("order = Order()\norder.lines.create(quantity=1)", set[str](), {"orders_line"}),
        ("order = Order()\norder.tags.add(Tag())", {"orders_order_tags"}, {"orders_order_tags"}),
        ("order = Order()\norder.tags.clear()", set[str](), {"orders_order_tags"}),
        ("order = Order()\nfor tag in order.tags.all():\n    pass", {"orders_order_tags", "orders_tag"}, set[str]()),
        ("tag = Tag()\ntag.order_set.filter(number=1)", {"orders_order", "orders_order_tags"}, set[str]()),
        ("order = Order()\norder.clerk.email", {"auth_user"}, set[str]()),
    ],
)  # fmt: skip
def test_relations_lead_to_other_tables(tmp_path: Path, body: str, read: set[str], written: set[str]) -> None:
    """Reading a related row, and using the manager of a relation, touch the other table or the one between."""
    assert reads(tmp_path / "read", body) == read
    assert writes(tmp_path / "write", body) == written


def test_models_of_installed_packages_are_queried_too(tmp_path: Path) -> None:
    """`User` has a table although its source is not there, and relations of the program's models lead on from it."""
    body = """
        from django.contrib.auth import get_user_model
        user = get_user_model().objects.get(username="x")
        user.order_set.filter(number=1)
        user.save()
    """
    assert reads(tmp_path / "read", body) == {"auth_user", "orders_order"}
    assert writes(tmp_path / "write", body) == {"auth_user"}


def test_many_to_many_to_an_installed_model_keeps_its_table(tmp_path: Path) -> None:
    """Adding a user to a group of partners writes the table between the two."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.contrib.auth.models import User
                from django.db import models

                class Partner(models.Model):
                    users = models.ManyToManyField(User)

                def link(partner: Partner, user):
                    partner.users.add(user)
            """
        },
    )
    assert touched(facts, "shop.models:link", WRITE) == {"shop_partner_users"}


def test_methods_of_own_querysets_know_their_model(tmp_path: Path) -> None:
    """Managers made from a queryset stay chainable through the program's methods, whose `self` is rows of the model."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class ItemQuerySet(models.QuerySet):
                    def visible(self):
                        return self.filter(hidden=False)

                    def cheap(self):
                        return self.visible().filter(maker__poor=True)

                class ItemManager(models.Manager):
                    def get_queryset(self):
                        return ItemQuerySet(self.model, using=self._db)

                class Maker(models.Model):
                    poor = models.BooleanField()

                class Item(models.Model):
                    maker = models.ForeignKey(Maker, on_delete=models.CASCADE)
                    objects = ItemQuerySet.as_manager()
                    other = ItemManager.from_queryset(ItemQuerySet)()
                    third = ItemManager()

                def first():
                    return Item.objects.visible().cheap().get(pk=1)

                def second():
                    return Item.other.cheap().first()

                def save_first():
                    first().save()
                    second().save()
            """
        },
    )
    assert touched(facts, "shop.models:ItemQuerySet.visible", READ) == {"shop_item"}
    assert touched(facts, "shop.models:ItemQuerySet.cheap", READ) == {"shop_item", "shop_maker"}
    assert touched(facts, "shop.models:save_first", WRITE) == {"shop_item"}
    called = {(call.caller, call.callee) for call in facts.calls}
    assert ("shop.models:first", "shop.models:ItemQuerySet.visible") in called
    assert ("shop.models:first", "shop.models:ItemQuerySet.cheap") in called
    assert ("shop.models:second", "shop.models:ItemQuerySet.cheap") in called


def test_a_queryset_of_two_models_is_in_doubt(tmp_path: Path) -> None:
    """Inside a method that serves several models each table is only possible."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Shared(models.QuerySet):
                    def visible(self):
                        return self.filter(hidden=False)

                class Item(models.Model):
                    objects = Shared.as_manager()

                class Offer(models.Model):
                    objects = Shared.as_manager()

                def offers():
                    return Offer.objects.visible().count()
            """
        },
    )
    visible = "shop.models:Shared.visible"
    assert touched(facts, visible, READ, doubtful=True) == {"shop_item", "shop_offer"}
    assert touched(facts, "shop.models:offers", READ) == {"shop_offer"}


def test_overridden_save_reaches_the_table_by_super(tmp_path: Path) -> None:
    """The write stands where `super().save()` stands; making a row through the manager runs the override."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Item(models.Model):
                    def save(self, *args, **kwargs):
                        super().save(*args, **kwargs)

                def store(item: Item):
                    item.save()

                def make():
                    return Item.objects.create()
            """
        },
    )
    assert touched(facts, "shop.models:Item.save", WRITE) == {"shop_item"}
    assert touched(facts, "shop.models:store", WRITE) == set()
    called = {(call.caller, call.callee) for call in facts.calls}
    assert ("shop.models:store", "shop.models:Item.save") in called
    assert ("shop.models:make", "shop.models:Item.save") in called


def test_methods_of_abstract_models_touch_their_heirs_tables(tmp_path: Path) -> None:
    """`self` of an abstract model is a row of the one model that extends it."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class AbstractItem(models.Model):
                    parent = models.ForeignKey("self", null=True, related_name="children", on_delete=models.CASCADE)
                    related = models.ManyToManyField("shop.Item", related_name="+")

                    class Meta:
                        abstract = True

                    def rename(self):
                        self.children.all()
                        self.related.all()
                        self.save()

                class Item(AbstractItem):
                    pass
            """
        },
    )
    assert touched(facts, "shop.models:AbstractItem.rename", WRITE) == {"shop_item"}
    assert touched(facts, "shop.models:AbstractItem.rename", READ) == {"shop_item", "shop_item_related"}


def test_a_save_that_models_share_writes_the_table_of_its_instance(tmp_path: Path) -> None:
    """`super().save()` in a shared base writes no table itself: the call on an instance writes that instance's."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Stamped(models.Model):
                    class Meta:
                        abstract = True

                    def save(self, *args, **kwargs):
                        super().save(*args, **kwargs)

                class Item(Stamped):
                    pass

                class Order(Stamped):
                    pass

                def pay(order: Order):
                    order.save()
            """
        },
    )
    assert touched(facts, "shop.models:Stamped.save", WRITE) == set()
    assert touched(facts, "shop.models:pay", WRITE) == {"shop_order"}


def test_children_are_read_and_written_with_their_parents(tmp_path: Path) -> None:
    """A row of a model that extends another has a part in both tables."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models

                class Place(models.Model):
                    pass

                class Bar(Place):
                    pass

                def open_bar():
                    Bar.objects.get(pk=1).save()
            """
        },
    )
    assert touched(facts, "shop.models:open_bar", READ) == {"shop_bar", "shop_place"}
    assert touched(facts, "shop.models:open_bar", WRITE) == {"shop_bar", "shop_place"}


def test_model_classes_are_loaded_by_name(tmp_path: Path) -> None:
    """The app registry, wrappers of it and dotted paths lead to the class they name."""
    facts = facts_of(
        tmp_path,
        {
            **SHOP,
            "shop/orders/apps.py": """
                from django.apps import AppConfig

                class OrdersConfig(AppConfig):
                    name = "shop.orders"
            """,
            "shop/orders/receipts.py": """
                class Receipt:
                    def print(self):
                        pass

                class Copy:
                    def print(self):
                        pass
            """,
            "shop/loading.py": """
                def get_model(label, name):
                    return registry()[label][name]

                def get_class(module, name):
                    return registry()[module][name]

                def get_classes(module, names):
                    return registry()[module][names]
            """,
            "shop/work.py": """
                from django.apps import apps
                from django.utils.module_loading import import_string
                from shop.loading import get_class, get_classes, get_model

                Receipt, Copy = get_classes("orders.receipts", ["Receipt", "Copy"])

                def work():
                    apps.get_model("orders", "Order").objects.count()
                    apps.get_model("orders.Line").objects.count()
                    get_model("orders", "Tag").objects.count()
                    import_string("shop.orders.models.Invoice").objects.count()
                    get_class("orders.receipts", "Receipt")().print()
                    Copy().print()
            """,
        },
    )
    assert touched(facts, "shop.work:work", READ) == {"orders_order", "orders_line", "orders_tag", "orders_invoice"}
    called = {call.callee for call in facts.calls if call.caller == "shop.work:work"}
    assert {"shop.orders.receipts:Receipt.print", "shop.orders.receipts:Copy.print"} <= called


def test_saving_a_form_writes_its_model(tmp_path: Path) -> None:
    """A model form writes the table of its Meta, unless it is told not to commit; its instance is a row of it."""
    facts = shop_facts(
        tmp_path,
        "from django import forms\n"
        "from django.forms import inlineformset_factory\n"
        "class TagForm(forms.ModelForm):\n"
        "    class Meta:\n"
        "        model = Tag\n"
        "LineFormSet = inlineformset_factory(Order, Line)\n"
        "def save():\n    TagForm().save()\n"
        "def keep():\n    TagForm().save(commit=False)\n"
        "def later():\n    form = TagForm()\n    form.instance.save()\n"
        "def several():\n    LineFormSet().save()\n",
    )
    assert touched(facts, "shop.orders.views:save", WRITE) == {"orders_tag"}
    assert touched(facts, "shop.orders.views:keep", WRITE) == set()
    assert touched(facts, "shop.orders.views:later", WRITE) == {"orders_tag"}
    assert touched(facts, "shop.orders.views:several", WRITE) == {"orders_line"}


def test_generic_views_work_on_their_model(tmp_path: Path) -> None:
    """What a view's inherited methods do counts where the program's own method calls them."""
    facts = shop_facts(
        tmp_path,
        "from django.views.generic import CreateView, DeleteView, ListView\n"
        "class Lines(ListView):\n    model = Line\n"
        "    def get_queryset(self):\n        return super().get_queryset().filter(order__number=1)\n"
        "class NewTag(CreateView):\n    model = Tag\n"
        "    def form_valid(self, form):\n        return super().form_valid(form)\n"
        "class NoTag(DeleteView):\n    queryset = Tag.objects.all()\n"
        "    def delete(self, request):\n        self.object.label\n        return super().delete(request)\n",
    )
    assert touched(facts, "shop.orders.views:Lines.get_queryset", READ) == {"orders_line", "orders_order"}
    assert touched(facts, "shop.orders.views:NewTag.form_valid", WRITE) == {"orders_tag"}
    assert touched(facts, "shop.orders.views:NoTag.delete", WRITE) == {"orders_tag", "orders_order_tags"}


def test_trees_are_read_and_changed_by_their_own_methods(tmp_path: Path) -> None:
    """The methods of treebeard are queries on the model's table."""
    facts = facts_of(
        tmp_path,
        {
            "shop/models.py": """
                from django.db import models
                from treebeard.mp_tree import MP_Node

                class Category(MP_Node):
                    pass

                def show(category: Category):
                    for child in category.get_children():
                        child.refresh_from_db()

                def grow():
                    Category.add_root(name="x")
            """
        },
    )
    assert touched(facts, "shop.models:show", READ) == {"shop_category"}
    assert touched(facts, "shop.models:grow", WRITE) == {"shop_category"}


@pytest.mark.parametrize(
    "use",
    ["list(self.rows)", "len(self.rows)", "sorted(self.rows)", "any(map(bool, self.rows))", "dict(zip(self.rows))"],
)
def test_builtins_that_ask_for_rows_run_the_query(tmp_path: Path, use: str) -> None:
    """A query made elsewhere is read where a builtin walks over it."""
    views = f"""
        class Tags:
            rows = Tag.objects.all()

            def all(self):
                return {use}
    """
    assert touched(shop_facts(tmp_path, views), "shop.orders.views:Tags.all", READ) == {"orders_tag"}


def test_reads_of_comprehensions_have_their_line(tmp_path: Path) -> None:
    """The evidence stands where the rows are asked for, whatever expression names them."""
    views = """
        class Tags:
            rows = Tag.objects.all()

            def all(self):
                rows = self.rows
                return [row for row in rows]
    """
    (access,) = [a for a in shop_facts(tmp_path, views).accesses if a.function == "shop.orders.views:Tags.all"]
    assert access.location.line == 7


def test_a_query_in_a_builtin_is_one_read(tmp_path: Path) -> None:
    """What is made and walked over in one expression is listed once."""
    facts = shop_facts(tmp_path, "\n    def tags():\n        return list(Tag.objects.all())\n")
    assert [a.operation for a in facts.accesses if a.function == "shop.orders.views:tags"] == ["all"]
