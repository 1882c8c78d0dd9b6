from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "shop.api"

    def ready(self) -> None:
        from shop.api import receivers  # noqa: F401
