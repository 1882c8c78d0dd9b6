from django.urls import path, re_path

from shop.shipping import views

app_name = "shipping"

urlpatterns = [
    path("quote", views.quote, name="quote"),
    re_path(r"^track/(?P<tracking>HL[0-9A-F]{10})$", views.track, name="track"),
]
