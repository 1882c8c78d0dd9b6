"""A form that a template shows reads what it offers to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.system import AccessMode
from tests.analyzers.frameworks.django.django_shop import shop_facts, touched

_VIEWS = """
    from django import forms
    from django.views.generic import FormView

    class LineForm(forms.ModelForm):
        invoice = forms.ModelChoiceField(queryset=Invoice.objects.all())
        note = forms.CharField()

        class Meta:
            model = Line
            fields = ["order", "quantity"]

    class NewLine(FormView):
        form_class = LineForm
        template_name = "shop/line.html"
"""


@pytest.mark.parametrize(
    ("template", "tables"),
    [
        ("{{ form }}", {"orders_order", "orders_invoice"}),
        ("{{ form.as_p }}", {"orders_order", "orders_invoice"}),
        ("{% for field in form %}{{ field }}{% endfor %}", {"orders_order", "orders_invoice"}),
        ("{{ form.invoice }}", {"orders_invoice"}),
        ("{{ form.note }}{{ form.quantity }}{% if form.errors %}no{% endif %}", set[str]()),
    ],
)
def test_shown_fields_read_the_rows_they_offer(tmp_path: Path, template: str, tables: set[str]) -> None:
    """Relations among the model's fields, and fields with a queryset; one by one where they are named."""
    facts = shop_facts(tmp_path, _VIEWS, {"shop/orders/templates/shop/line.html": template})
    assert touched(facts, "shop.orders.views:NewLine.render_to_response", AccessMode.READ) == tables


def test_a_declared_field_stands_for_the_models(tmp_path: Path) -> None:
    """A relation that the form makes an ordinary field offers no rows."""
    views = _VIEWS.replace("note = forms.CharField()", "order = forms.CharField()")
    facts = shop_facts(tmp_path, views, {"shop/orders/templates/shop/line.html": "{{ form.order }}"})
    assert touched(facts, "shop.orders.views:NewLine.render_to_response", AccessMode.READ) == set()
