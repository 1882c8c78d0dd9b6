"""A small Django project to which each test adds what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from strangler.model.system import Route, SystemFacts
from tests.analyzers.source_tree import facts_of

PROJECT = {
    "manage.py": """
        import os
        def main():
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
    """,
    "site_/settings.py": """
        ROOT_URLCONF = "site_.urls"
        INSTALLED_APPS = ["shop"]
        MIDDLEWARE = []
    """,
    "site_/urls.py": """
        from django.urls import include, path
        urlpatterns = [path("shop/", include("shop.urls"))]
    """,
}


def project(root: Path, files: Mapping[str, str]) -> SystemFacts:
    """The facts of the project with the given files added or replaced."""
    return facts_of(root, {**PROJECT, **files})


def answers(facts: SystemFacts) -> set[str]:
    """Every route as ``METHOD path handler``."""
    return {f"{route.method} {route.path} {route.handler}" for route in facts.routes}


def entry(facts: SystemFacts, method: str, path: str) -> tuple[str, ...]:
    """The functions that run for a request."""
    return route(facts, method, path).entry


def route(facts: SystemFacts, method: str, path: str) -> Route:
    """The only route of a method and path."""
    found = [route for route in facts.routes if (route.method, route.path) == (method, path)]
    assert len(found) == 1, answers(facts)
    return found[0]
