from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DeleteView, ListView, UpdateView

from shop.cart.services import merge_carts
from shop.customers import services
from shop.customers.forms import AddressForm, ProfileForm, RegistrationForm
from shop.customers.models import Address, LoyaltyEntry
from shop.decorators import feature_required
from shop.notifications.services import preference_of
from shop.orders.models import Order


class ShopLoginView(LoginView):
    template_name = "customers/login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        visitor_session = self.request.session.session_key
        response = super().form_valid(form)
        merge_carts(visitor_session or "", form.get_user().customer)
        return response


def register(request: HttpRequest) -> HttpResponse:
    form = RegistrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        visitor_session = request.session.session_key
        customer = services.register(**form.cleaned_data)
        login(request, customer.user)
        merge_carts(visitor_session or "", customer)
        return redirect("customers:profile")
    return render(request, "customers/register.html", {"form": form})


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    customer = request.customer
    preference = preference_of(customer)
    form = ProfileForm(
        request.POST or None,
        instance=customer,
        initial={
            "order_mail": preference.order_mail,
            "reminder_mail": preference.reminder_mail,
        },
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        preference.order_mail = form.cleaned_data["order_mail"]
        preference.reminder_mail = form.cleaned_data["reminder_mail"]
        preference.save()
        messages.success(request, "Saved.")
        return redirect("customers:profile")
    context = {
        "form": form,
        "orders": Order.objects.of(customer)[:5],
        "reviews": customer.reviews.alive().select_related("product")[:5],
    }
    return render(request, "customers/profile.html", context)


@login_required
@require_POST
def close_account(request: HttpRequest) -> HttpResponse:
    services.anonymize(request.customer)
    logout(request)
    messages.success(request, "Your account is closed.")
    return redirect("home")


class OwnAddressesMixin(LoginRequiredMixin):
    success_url = reverse_lazy("customers:addresses")

    def get_queryset(self) -> QuerySet[Address]:
        return Address.objects.filter(customer_id=self.request.customer.pk)


class AddressListView(OwnAddressesMixin, ListView):
    template_name = "customers/address_list.html"
    context_object_name = "addresses"


class AddressCreateView(OwnAddressesMixin, CreateView):
    template_name = "customers/address_form.html"
    form_class = AddressForm

    def form_valid(self, form: BaseForm) -> HttpResponse:
        form.instance.customer = self.request.customer
        return super().form_valid(form)


class AddressUpdateView(OwnAddressesMixin, UpdateView):
    template_name = "customers/address_form.html"
    form_class = AddressForm


class AddressDeleteView(OwnAddressesMixin, DeleteView):
    http_method_names = ["post"]


@login_required
def wishlist(request: HttpRequest) -> HttpResponse:
    items = request.customer.wishlist_items.select_related("product__brand")
    return render(request, "customers/wishlist.html", {"items": items})


class LoyaltyView(LoginRequiredMixin, ListView):
    template_name = "customers/points.html"
    context_object_name = "entries"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[LoyaltyEntry]:
        return self.request.customer.loyalty_entries.select_related("order")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return feature_required("loyalty")(super().dispatch)(request, *args, **kwargs)
