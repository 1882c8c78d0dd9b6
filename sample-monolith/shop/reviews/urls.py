from django.urls import path

from shop.reviews import views

app_name = "reviews"

urlpatterns = [
    path("", views.ReviewListView.as_view(), name="list"),
    path("new", views.ReviewCreateView.as_view(), name="create"),
    path("<int:pk>/edit", views.ReviewUpdateView.as_view(), name="edit"),
    path("<int:pk>/delete", views.delete_review, name="delete"),
    path("<int:pk>/vote", views.vote, name="vote"),
    path("<int:pk>/flag", views.flag, name="flag"),
]
