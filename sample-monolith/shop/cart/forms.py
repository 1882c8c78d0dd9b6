from typing import Any

from django import forms

from shop.customers.models import Address, Customer
from shop.shipping.models import ShippingMethod


class AddToCartForm(forms.Form):
    quantity = forms.IntegerField(min_value=1, max_value=99, initial=1)


class CouponForm(forms.Form):
    code = forms.CharField(max_length=20)


class CheckoutForm(forms.Form):
    address = forms.ModelChoiceField(Address.objects.none(), empty_label=None)
    method = forms.ModelChoiceField(
        ShippingMethod.objects.filter(is_active=True), to_field_name="code", empty_label=None
    )
    payment_token = forms.CharField(max_length=60, initial="tok_visa")

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].queryset = customer.addresses.all()
