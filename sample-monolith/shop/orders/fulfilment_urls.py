from django.urls import path

from shop.orders import views

app_name = "fulfilment"

urlpatterns = [
    path("", views.FulfilmentView.as_view(), name="list"),
    path("ship/<str:number>", views.ship, name="ship"),
    path("delivered/<str:number>", views.delivered, name="delivered"),
    path("returns", views.returns, name="returns"),
    path("returns/<int:pk>", views.settle, name="settle"),
]
