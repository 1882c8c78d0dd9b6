"""Which app a module belongs to, and which AppConfig stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strangler_analyzers.frameworks.django.configuration.apps import Apps
from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from tests.analyzers.source_tree import linked

_CONFIG = """
    from django.apps import AppConfig

    class Orders(AppConfig):
        name = "shop.orders"
        label = "sales"
        default_auto_field = "django.db.models.BigAutoField"
"""


def _apps(folder: Path, files: Mapping[str, str]) -> Apps:
    lists = Lists(linked(folder, files).resolver)
    return Apps(lists, Settings(lists))


def test_the_innermost_installed_package_is_the_app(tmp_path: Path) -> None:
    """Its AppConfig gives the label and the type of keys."""
    apps = _apps(tmp_path, {"shop/orders/apps.py": _CONFIG, "shop/orders/models/line.py": ""})
    app = apps.of("shop.orders.models.line")
    assert (app.package, app.label, app.auto_field) == ("shop.orders", "sales", "BigAutoField")
    assert apps.packages("sales") == ("shop.orders",)
    assert apps.config("sales") is app.config


def test_an_app_without_config_is_called_after_its_package(tmp_path: Path) -> None:
    """Whether the settings name it or it only has models."""
    apps = _apps(tmp_path, {"shop/settings.py": "INSTALLED_APPS = ['shop.stock']", "shop/stock/units.py": ""})
    assert apps.of("shop.stock.units").label == "stock"
    assert apps.of("shop.mail.models").label == "mail"
    assert list(apps.configs()) == []


def test_of_several_configs_the_settings_choose(tmp_path: Path) -> None:
    """INSTALLED_APPS names one, else the most derived counts."""
    derived = _CONFIG + "\n    class Special(Orders):\n        pass\n"
    chosen = _apps(tmp_path / "derived", {"shop/orders/apps.py": derived}).config("sales")
    assert chosen is not None
    assert chosen.short_name == "Special"
    settings = "INSTALLED_APPS = ['shop.orders.apps.Orders']"
    chosen = _apps(tmp_path / "named", {"shop/orders/apps.py": derived, "shop/settings.py": settings}).config("sales")
    assert chosen is not None
    assert chosen.short_name == "Orders"
