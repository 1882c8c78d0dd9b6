"""All routes of the shop."""

from django.contrib import admin
from django.urls import include, path

from shop import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("products/", include("shop.catalog.urls")),
    path("accounts/", include("shop.customers.urls")),
    path("cart/", include("shop.cart.urls")),
    path("orders/", include("shop.orders.urls")),
    path("payments/", include("shop.payments.urls")),
    path("shipping/", include("shop.shipping.urls")),
    path("inbox/", include("shop.notifications.urls")),
    path("backoffice/", include("shop.backoffice")),
    path("api/", include("shop.api.urls")),
    path("admin/", admin.site.urls),
]
