from django.urls import path

from shop.reviews import views

app_name = "moderation"

urlpatterns = [
    path("", views.ModerationQueueView.as_view(), name="queue"),
    path("bulk", views.moderate_bulk, name="bulk"),
    path("<int:pk>", views.moderate_review, name="decide"),
]
