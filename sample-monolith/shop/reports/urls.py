from django.urls import path

from shop.reports import views

app_name = "reports"

urlpatterns = [
    path("sales", views.sales, name="sales"),
    path("categories", views.categories, name="categories"),
    path("categories.csv", views.categories_csv, name="categories-csv"),
    path("customers", views.best_customers, name="customers"),
    path("reviews", views.review_activity, name="reviews"),
    path("audit", views.AuditListView.as_view(), name="audit"),
]
