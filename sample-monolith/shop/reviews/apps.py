from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "shop.reviews"

    def ready(self) -> None:
        from shop.reviews import receivers  # noqa: F401
