"""Which modules hold the settings, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.linker.values import ConstantValue
from tests.analyzers.source_tree import linked

_MANAGE = """
    import os
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.production")
"""


def _settings(folder: Path, files: Mapping[str, str]) -> Settings:
    return Settings(Lists(linked(folder, files).resolver))


def test_what_starts_the_project_names_its_settings(tmp_path: Path) -> None:
    """The module that manage.py names wins over others that look like settings."""
    files = {"manage.py": _MANAGE, "shop/production.py": "NAME = 'live'", "shop/settings.py": "NAME = 'default'"}
    settings = _settings(tmp_path, files)
    assert [scope.module.name for scope in settings.scopes] == ["shop.production"]
    assert settings.text("NAME") == "live"


def test_a_module_called_settings_says_what_the_others_leave_open(tmp_path: Path) -> None:
    """A text that only a module called settings or defaults has counts; values in code do not come from there."""
    files = {"manage.py": _MANAGE, "shop/production.py": "", "shop/defaults.py": "NAME = 'default'"}
    settings = _settings(tmp_path, files)
    assert settings.text("NAME") == "default"
    assert settings.values("NAME") == ()


def test_a_list_is_read_through_its_imports_and_additions(tmp_path: Path) -> None:
    """Settings modules build on one another."""
    files = {
        "manage.py": _MANAGE,
        "shop/base.py": "INSTALLED_APPS = ['orders', 'stock']",
        "shop/production.py": "from shop.base import *\nINSTALLED_APPS += ['mail']\nDEBUG = False",
    }
    settings = _settings(tmp_path, files)
    assert settings.texts("INSTALLED_APPS") == ("orders", "stock", "mail")
    assert settings.values("DEBUG") == (ConstantValue(value=False),)


@pytest.mark.parametrize("value", ['values.Value("account.User")', 'values.Value(default="account.User")'])
def test_a_value_of_django_configurations_is_what_it_is_by_default(tmp_path: Path, value: str) -> None:
    """Also in a class that inherits it."""
    source = f"""
        from configurations import Configuration, values
        class Common(Configuration):
            AUTH_USER_MODEL = {value}
        class Production(Common):
            ROOT_URLCONF = "shop.urls"
    """
    assert _settings(tmp_path, {"shop/production.py": source}).text("AUTH_USER_MODEL") == "account.User"
