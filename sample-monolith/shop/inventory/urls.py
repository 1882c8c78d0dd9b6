from django.urls import path

from shop.inventory import views

app_name = "inventory"

urlpatterns = [
    path("", views.StockListView.as_view(), name="list"),
    path("receive", views.receive_goods, name="receive"),
    path("<int:pk>/movements", views.movements, name="movements"),
]
