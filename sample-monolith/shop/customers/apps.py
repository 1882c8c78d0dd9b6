from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "shop.customers"

    def ready(self) -> None:
        from shop.customers import receivers  # noqa: F401
