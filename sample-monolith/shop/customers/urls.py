from django.contrib.auth.views import LogoutView
from django.urls import path

from shop.customers import views

app_name = "customers"

urlpatterns = [
    path("login", views.ShopLoginView.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("register", views.register, name="register"),
    path("profile", views.profile, name="profile"),
    path("close", views.close_account, name="close"),
    path("addresses/", views.AddressListView.as_view(), name="addresses"),
    path("addresses/new", views.AddressCreateView.as_view(), name="address-new"),
    path("addresses/<int:pk>", views.AddressUpdateView.as_view(), name="address-edit"),
    path("addresses/<int:pk>/delete", views.AddressDeleteView.as_view(), name="address-delete"),
    path("wishlist", views.wishlist, name="wishlist"),
    path("points", views.LoyaltyView.as_view(), name="points"),
]
