"""Routes of the staff, collected from the apps."""

from django.urls import include, path

from shop.reports import views as report_views

urlpatterns = [
    path("", report_views.dashboard, name="backoffice"),
    path("reports/", include("shop.reports.urls")),
    path("stock/", include("shop.inventory.urls")),
    path("fulfilment/", include("shop.orders.fulfilment_urls")),
    path("moderation/", include("shop.reviews.moderation_urls")),
    path("maintenance", report_views.toggle_maintenance, name="maintenance"),
]
