from django.urls import path

from shop.notifications import views

app_name = "notifications"

urlpatterns = [
    path("", views.InboxView.as_view(), name="inbox"),
    path("read", views.read_all, name="read-all"),
    path("<int:pk>", views.open_notification, name="open"),
]
