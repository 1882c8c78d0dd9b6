"""What custom fields and models run while rows come and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import SystemFacts
from tests.analyzers.frameworks.django.project_sources import project

MODELS = """
    from django.db import models

    class Upper:
        def __init__(self, field):
            self.field = field
        def __get__(self, instance, owner=None):
            return instance.__dict__[self.field.name]
        def __set__(self, instance, value):
            instance.__dict__[self.field.name] = value.upper()

    class Code(models.CharField):
        def contribute_to_class(self, cls, name, **options):
            super().contribute_to_class(cls, name, **options)
            setattr(cls, self.name, Upper(self))
        def from_db_value(self, value, expression, connection):
            return value
        def get_prep_value(self, value):
            return value

    class Described(models.CharField):
        descriptor_class = Upper

    class Order(models.Model):
        code = Code(max_length=9)
        note = models.TextField()

    class Made(models.Model):
        title = Described(max_length=9)
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
"""
VIEWS = """
    from django import forms
    from shop.models import Made, Order

    def lazy():
        return Order.objects.filter(note="")
    def counted():
        return Order.objects.count()
    def one():
        return Order.objects.get(note="")
    def all():
        for order in Order.objects.all():
            pass
    def created():
        Order.objects.create(note="")
    def new():
        return Order()
    def shown(order: Order):
        return order.code
    def other(order: Order):
        return order.note
    def changed(order: Order):
        order.code = "x"
    def saved(order: Order):
        order.save()
    def made():
        return Made.objects.first()

    class OrderForm(forms.ModelForm):
        class Meta:
            model = Order
            fields = ["code"]
        def __init__(self, *args):
            super().__init__(*args)
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> SystemFacts:
    """The facts of a shop whose models have fields of their own."""
    root: Path = tmp_path_factory.mktemp("hooks")
    return project(root, {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": VIEWS})


@pytest.mark.parametrize(
    ("function", "run"),
    [
        ("lazy", set[str]()),
        ("counted", set[str]()),
        ("one", {"Code.from_db_value", "Upper.__set__"}),
        ("all", {"Code.from_db_value", "Upper.__set__"}),
        ("created", {"Code.get_prep_value", "Upper.__get__"}),
        ("new", {"Order", "Upper.__set__"}),
        ("shown", {"Upper.__get__"}),
        ("other", set[str]()),
        ("changed", {"Upper.__set__"}),
        ("saved", {"Code.get_prep_value", "Upper.__get__"}),
        ("made", {"Made.__init__"}),
        ("OrderForm.__init__", {"Upper.__set__", "Upper.__get__"}),
    ],
)
def test_rows_run_the_hooks_of_their_fields(facts: SystemFacts, function: str, run: set[str]) -> None:
    """A query that is only built runs nothing; one that runs makes instances; saving converts the values back."""
    found = {call.callee.partition(":")[2] for call in facts.calls if call.caller == f"shop.views:{function}"}
    assert found == run


def test_a_descriptor_is_set_by_the_models_own_constructor(facts: SystemFacts) -> None:
    """`Model.__init__` sets every field, on behalf of whoever calls it."""
    found = {call.callee for call in facts.calls if call.caller == "shop.models:Made.__init__"}
    assert found == {"shop.models:Upper.__set__"}
