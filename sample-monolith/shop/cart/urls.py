from django.urls import path

from shop.cart import views

app_name = "cart"

urlpatterns = [
    path("", views.show, name="show"),
    path("add/<slug:slug>", views.add, name="add"),
    path("update/<int:product_id>", views.update, name="update"),
    path("remove/<int:product_id>", views.remove, name="remove"),
    path("coupon", views.coupon, name="coupon"),
    path("checkout", views.CheckoutView.as_view(), name="checkout"),
]
