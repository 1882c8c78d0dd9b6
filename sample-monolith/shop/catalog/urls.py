from django.urls import include, path, re_path

from shop.catalog import views

app_name = "catalog"

urlpatterns = [
    path("", views.ProductListView.as_view(), name="list"),
    path("search", views.search, name="search"),
    path("category/<slug:slug>/", views.CategoryView.as_view(), name="category"),
    path("brand/<slug:slug>/", views.BrandView.as_view(), name="brand"),
    re_path(r"^tag/(?P<name>[\w-]+)/$", views.by_tag, name="tag"),
    path("<slug:slug>/", views.ProductDetailView.as_view(), name="product"),
    path("<slug:slug>/wish", views.toggle_wish, name="wish"),
    path("<slug:slug>/alert", views.stock_alert, name="alert"),
    path("<slug:slug>/reviews/", include("shop.reviews.urls")),
]
