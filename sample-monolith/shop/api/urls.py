"""JSON routes. No trailing slashes here, whatever the rest of the shop does."""

from django.urls import include, path

from shop.api import carts, orders, products, reviews, sessions, staff

app_name = "api"

review_routes = [
    path("<int:pk>", reviews.ReviewView.as_view(), name="review"),
    path("<int:pk>/votes", reviews.votes, name="votes"),
    path("<int:pk>/flag", reviews.flag, name="flag"),
    path("<int:pk>/moderation", reviews.moderation, name="moderation"),
]

cart_routes = [
    path("items", carts.add_item, name="cart-items"),
    path("items/<int:product_id>", carts.CartItemView.as_view(), name="cart-item"),
    path("coupon", carts.coupon, name="cart-coupon"),
    path("checkout", carts.checkout, name="cart-checkout"),
]

urlpatterns = [
    path("whoami", sessions.whoami, name="whoami"),
    path("login", sessions.log_in, name="login"),
    path("logout", sessions.log_out, name="logout"),
    path("me", sessions.ProfileView.as_view(), name="me"),
    path("me/orders", orders.my_orders, name="my-orders"),
    path("me/reviews", reviews.my_reviews, name="my-reviews"),
    path("me/notifications", sessions.my_notifications, name="my-notifications"),
    path("categories", products.categories, name="categories"),
    path("products", products.product_list, name="products"),
    path("products/suggest", products.suggest, name="suggest"),
    path("products/<int:pk>", products.product_detail, name="product"),
    path("products/<int:pk>/stock", products.stock, name="stock"),
    path(
        "products/<int:product_id>/reviews",
        reviews.ProductReviewsView.as_view(),
        name="product-reviews",
    ),
    path("reviews/", include(review_routes)),
    path("cart", carts.CartView.as_view(), name="cart"),
    path("cart/", include(cart_routes)),
    path("orders/<str:number>", orders.order_detail, name="order"),
    path("orders/<str:number>/cancel", orders.cancel, name="order-cancel"),
    path("stats", staff.stats, name="stats"),
    path("flags/<slug:name>", staff.FlagView.as_view(), name="flag-setting"),
]
