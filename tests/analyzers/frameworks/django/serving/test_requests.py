"""The request as a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers.frameworks.django.project_sources import project

_USERS = {
    "site_/settings.py": """
        ROOT_URLCONF = "site_.urls"
        AUTH_USER_MODEL = "people.Person"
    """,
    "people/models.py": """
        from django.contrib.auth.models import AbstractUser
        class Person(AbstractUser):
            def greet(self): return ""
    """,
}


def _calls(root: Path, source: str, more: dict[str, str] | None = None) -> set[tuple[str, str]]:
    facts = project(root, {**_USERS, "shop/views.py": source, **(more or {})})
    return {(call.caller, call.callee) for call in facts.calls}


def test_the_requests_user_is_the_projects_user(tmp_path: Path) -> None:
    """In functions, in views by way of ``self.request``, and as AUTH_USER_MODEL says."""
    found = _calls(
        tmp_path,
        """
        from django.views.generic import View
        def page(request):
            return request.user.greet()
        class Page(View):
            def get(self, *args):
                return self.request.user.greet()
        """,
    )
    assert found == {
        ("shop.views:page", "people.models:Person.greet"),
        ("shop.views:Page.get", "people.models:Person.greet"),
    }


def test_what_middleware_puts_on_the_request_is_found_in_views(tmp_path: Path) -> None:
    """Also when it is made only when it is used."""
    found = _calls(
        tmp_path,
        """
        def page(request):
            request.basket.total()
            request.shop.open()
        """,
        {
            "shop/middleware.py": """
                from django.utils.functional import SimpleLazyObject
                class Shop:
                    def open(self): return None
                class Basket:
                    def total(self): return 0
                def basket_of(request):
                    return Basket()
                def add(get_response):
                    def middleware(request):
                        request.shop = Shop()
                        request.basket = SimpleLazyObject(lambda: basket_of(request))
                        return get_response(request)
                    return middleware
            """
        },
    )
    assert ("shop.views:page", "shop.middleware:Basket.total") in found
    assert ("shop.views:page", "shop.middleware:Shop.open") in found


def test_a_settings_value_is_what_the_settings_module_says(tmp_path: Path) -> None:
    """``settings.NAME`` can name a class to import."""
    found = _calls(
        tmp_path,
        """
        from django.conf import settings
        from django.utils.module_loading import import_string
        def page(request):
            return import_string(settings.GATEWAY)().pay()
        """,
        {
            "site_/settings.py": """
                ROOT_URLCONF = "site_.urls"
                GATEWAY = "shop.gateway.Gateway"
            """,
            "shop/gateway.py": """
                class Gateway:
                    def pay(self): return None
            """,
        },
    )
    assert ("shop.views:page", "shop.gateway:Gateway.pay") in found


@pytest.mark.parametrize(
    ("setting", "tables"), [("", {"shop_note"}), ('AUTH_USER_MODEL = "elsewhere.User"', set[str]())]
)
def test_without_a_user_model_of_its_own_the_projects_user_is_djangos(
    tmp_path: Path, setting: str, tables: set[str]
) -> None:
    """What is related to it is found from the request."""
    files = {
        "site_/settings.py": f'ROOT_URLCONF = "site_.urls"\nINSTALLED_APPS = ["shop"]\n{setting}\n',
        "shop/models.py": """
            from django.conf import settings
            from django.db import models
            class Note(models.Model):
                author = models.ForeignKey(settings.AUTH_USER_MODEL, related_name="notes", on_delete=models.CASCADE)
        """,
        "shop/views.py": """
            def notes(request):
                return list(request.user.notes.all())
        """,
    }
    accesses = project(tmp_path, files).accesses
    assert {access.table for access in accesses if access.function == "shop.views:notes"} == tables
