from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "shop.reports"

    def ready(self) -> None:
        from shop.reports import receivers  # noqa: F401
