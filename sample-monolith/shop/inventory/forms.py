from django import forms

from shop.catalog.models import Product
from shop.inventory.models import Warehouse


class ReceiptForm(forms.Form):
    product = forms.ModelChoiceField(Product.objects.all(), to_field_name="sku")
    warehouse = forms.ModelChoiceField(Warehouse.objects.all(), to_field_name="code")
    quantity = forms.IntegerField(min_value=1, max_value=10_000)
