from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password

from shop.customers.models import Address, Customer


class RegistrationForm(forms.Form):
    display_name = forms.CharField(max_length=80)
    email = forms.EmailField()
    password = forms.CharField(widget=forms.PasswordInput, min_length=4)

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(username=email).exists():
            raise forms.ValidationError("This address is registered already.")
        return email

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


class ProfileForm(forms.ModelForm):
    order_mail = forms.BooleanField(required=False)
    reminder_mail = forms.BooleanField(required=False)

    class Meta:
        model = Customer
        fields = ["display_name", "phone", "marketing_opt_in"]


class AddressForm(forms.ModelForm):
    class Meta:
        model = Address
        fields = ["name", "street", "postcode", "city", "country", "is_default"]

    def clean_country(self) -> str:
        country = self.cleaned_data["country"].upper()
        if len(country) != 2 or not country.isalpha():
            raise forms.ValidationError("Two letters, please: DE, NL, ...")
        return country
