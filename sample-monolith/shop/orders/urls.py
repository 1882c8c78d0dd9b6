from django.urls import path, re_path

from shop.orders import views

app_name = "orders"

NUMBER = r"(?P<number>O-\d{6}-[0-9A-F]{8})"

urlpatterns = [
    path("", views.OrderListView.as_view(), name="list"),
    re_path(rf"^{NUMBER}/$", views.detail, name="detail"),
    re_path(rf"^{NUMBER}/cancel$", views.cancel, name="cancel"),
    re_path(rf"^{NUMBER}/reorder$", views.reorder, name="reorder"),
    re_path(rf"^{NUMBER}/invoice$", views.invoice, name="invoice"),
    re_path(rf"^{NUMBER}/return/(?P<line_id>\d+)$", views.return_line, name="return"),
]
